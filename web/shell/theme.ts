import type { Theme } from '../store/settings.ts';

export { applyTheme, rememberedTheme };

const KEY = 'runproof-theme';

/** Sets the page's theme, and remembers it where it can be read before anything is drawn. */
function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the first frame follows the system.
  }
}

/** The settings themselves lie in IndexedDB, which answers after the first frame. */
function rememberedTheme(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system';
  }
}
