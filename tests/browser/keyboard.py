"""What the keyboard meets on a page: everything that can be used is reached, in the order in which it is read, and is seen to be reached."""

from __future__ import annotations

from playwright.sync_api import Page

USABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
FIRST_BUTTONS = ".visually-hidden"  # what Enter in a field presses: the same button stands below, where it is seen
MOST = 250  # stops of a page that is walked through

# Names what the keyboard cannot reach, what stands in another order than it is read, and what does not show that it is reached.
# Elements of a kind (tag, classes, and those of the parent) look alike: the first of them is looked at.
FAULTS = """([usable, first]) => {
  const faults = [], kinds = new Set();
  const name = element => `${element.tagName.toLowerCase()}.${element.className}[${element.name || element.textContent.trim().slice(0, 30)}]`;
  const looks = element => {
    const style = getComputedStyle(element);
    return [style.outlineStyle === 'none' || style.outlineWidth === '0px' ? '' : style.outlineColor, style.boxShadow === 'none' ? '' : style.boxShadow];
  };
  document.activeElement?.blur();
  for (const element of document.querySelectorAll(usable)) {
    if (!element.checkVisibility({visibilityProperty: true}) || element.disabled || element.matches(first)) continue;
    if (element.tabIndex < 0) faults.push(`${name(element)} cannot be reached`);
    if (element.tabIndex > 0) faults.push(`${name(element)} comes before its turn`);
    const kind = [element.tagName, element.type, element.className, element.parentElement.className].join();
    if (element.tabIndex < 0 || kinds.has(kind)) continue;
    kinds.add(kind);
    const before = looks(element);
    element.focus({preventScroll: true});
    const after = looks(element);
    if (document.activeElement !== element) faults.push(`${name(element)} takes no focus`);
    else if (!after.join('') || after.join() === before.join()) faults.push(`${name(element)} does not show that it is reached`);
    element.blur();
  }
  for (const element of document.querySelectorAll('main *')) {
    const style = getComputedStyle(element);
    if (style.order !== '0' || (style.display.includes('flex') && style.flexDirection.includes('reverse'))) faults.push(`${name(element)} is read in another order`);
  }
  return faults;
}"""

# Numbers what Tab should stop at in the main part, in the order of the document. Of radio buttons of one name it stops at one.
STOPS = """([usable, first]) => {
  const named = new Set();
  let count = 0;
  for (const element of document.querySelector('main').querySelectorAll(usable)) {
    if (!element.checkVisibility({visibilityProperty: true}) || element.disabled || element.matches(first)) continue;
    if (element.type === 'radio') {
      const group = document.querySelectorAll(`input[type=radio][name="${CSS.escape(element.name)}"]`);
      const chosen = [...group].find(each => each.checked);
      if (chosen ? chosen !== element : named.has(element.name)) continue;
      named.add(element.name);
    }
    element.dataset.stop = count++;
  }
  return count;
}"""


def faults(page: Page) -> list[str]:
    """Return a sentence for each thing that somebody without a mouse cannot use."""
    page.keyboard.press("Tab")  # from now on the browser shows where the keyboard is
    found: list[str] = page.evaluate(FAULTS, [USABLE, FIRST_BUTTONS])
    return found


def walk(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab from the top to the end of the main part; return at what it stopped there, and at what it should have, as it is read."""
    wanted = page.evaluate(STOPS, [USABLE, FIRST_BUTTONS])
    met: list[str] = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "document.activeElement.closest('main') && (document.activeElement.dataset.stop || document.activeElement.outerHTML)"
        )
        if here is None and met:
            break
        met += [here] if here else []
    return met, [str(number) for number in range(wanted)]
