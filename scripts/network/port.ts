export { DEFAULT_PORT };

/** First of the five that a network takes. Apart, so that the command line's help loads no node. */
const DEFAULT_PORT = 7410;
