export default function Provide() {
  return <h1>Provide</h1>;
}
