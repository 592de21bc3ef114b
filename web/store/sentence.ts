export { sentence };

/** What went wrong, for people: our own errors are sentences already; anything else is not shown. */
function sentence(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const { message } = error;
    const first = message.slice(0, 1).toUpperCase() + message.slice(1);
    return /[.!?]$/.test(first) ? first : `${first}.`;
  }
  return 'Something in this page failed; reload it and try again.';
}
