export function AuditPage() {
  return <h1>x</h1>;
}
