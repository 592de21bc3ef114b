export { quoted };

/** Any text as one word of a POSIX shell (XCU 2.2.2). It cannot hold a NUL: no argument can. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
