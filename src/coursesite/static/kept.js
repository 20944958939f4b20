// What a page keeps in this browser, and nowhere else.

/** What was kept under a name; undefined where nothing was, or nothing that can be read. */
export function kept(name, store = () => localStorage) {
  try {
    return JSON.parse(store().getItem(name)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keep something under a name; whether this browser does. */
export function keep(name, value, store = () => localStorage) {
  try {
    store().setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
