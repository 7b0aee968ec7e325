export function DevelopersPage() {
  return <h1>x</h1>;
}
