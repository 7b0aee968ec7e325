export function ToolsPage() {
  return <h1>x</h1>;
}
