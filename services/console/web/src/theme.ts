/** Light, dark, or what the system says. The choice stays in this browser. */
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'theme';

export function storedTheme(): Theme {
  const stored = localStorage.getItem(key);
  return themes.find((theme) => theme === stored) ?? 'system';
}

export function keepTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  showTheme(theme);
}

/** Sets it on the document; the colours follow by `color-scheme`. Charts listen for the event `theme`. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  document.dispatchEvent(new Event('theme'));
}
