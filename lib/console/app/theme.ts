/** Light, dark, or as the system says. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'theme';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'dark', dark: 'light', light: 'system' };

export function themeNow(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function applyTheme(): void {
  const theme = themeNow();
  document.documentElement.className = theme === 'system' ? '' : theme;
}

export function nextTheme(): Theme {
  const theme = NEXT[themeNow()];
  localStorage.setItem(KEY, theme);
  applyTheme();
  return theme;
}
