export { shorten };

/**
 * First and last letters of a long id with an ellipsis between them, or only the first where `last`
 * is 0, as git writes commits. As it is where shortening would save nothing.
 */
function shorten(text: string, first: number, last: number): string {
  if (text.length <= first + last + 1) return text;
  return last === 0 ? text.slice(0, first) : `${text.slice(0, first)}…${text.slice(-last)}`;
}
