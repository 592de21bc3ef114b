export { sentenceOf };

const LONGEST = 600;

/** What an error says, as one sentence that begins with a capital and ends with a full stop. */
function sentenceOf(error: unknown): string {
  const said = error instanceof Error ? error.message.trim() : '';
  const text = said === '' ? 'Something failed without saying why' : said;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const capital = short.charAt(0).toUpperCase() + short.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
