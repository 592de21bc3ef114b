export default function Tabs() {
  return <h1>Tabs</h1>;
}
