"""What a page of selfpage report does in a browser.

    browser.py PAGE SET HOSTILE-PAGE

Drives a headless Chromium over SET's page and over one whose rows have names
that look like HTML; says what is wrong and ends with status 1.
"""
import bisect
import collections
import csv
import glob
import json
import pathlib
import re
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

page, folder, hostile = sys.argv[1:]
failures = []


def check(condition, text):
    if not condition:
        failures.append(text)
        print('FAILED:', text, file=sys.stderr)


def start():
    options = webdriver.ChromeOptions()
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu',
                     '--disable-dev-shm-usage', '--window-size=1400,1000'):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs',
                           {'browser': 'ALL', 'performance': 'ALL'})
    # Debian's, so that none is looked for in the network
    return webdriver.Chrome(service=Service('/usr/bin/chromedriver'),
                            options=options)


def number(text):
    return float(text.replace(',', ''))


def find(selector):
    return driver.find_element(By.CSS_SELECTOR, selector)


def find_all(selector):
    return driver.find_elements(By.CSS_SELECTOR, selector)


def scroll_to(element):
    driver.execute_script(
        'arguments[0].scrollIntoView({block: "center"})', element)


def click(element):
    scroll_to(element)
    element.click()


# ---- what the rows say ----

rows = list(csv.DictReader(open(f'{folder}/rows.csv')))
replayed = {(row['trace'], row['policy'], int(row['frames'])):
            int(row['faults']) for row in rows}
curves = collections.defaultdict(list)
for path in sorted(glob.glob(f'{folder}/curves/*.csv')):
    for row in csv.DictReader(open(path)):
        curves[row['trace'], row['policy']].append(
            (int(row['frames']), int(row['faults'])))
TITLES = {'LRU': 'lru', 'OPT': 'opt', 'FIFO': 'fifo', 'CLOCK': 'clock'}
traces = sorted({row['trace'] for row in rows})


def expected(trace, policy, size, given):
    """The faults at SIZE; GIVEN is the size that the page says they are from,
    where it has left rows out."""
    points = curves.get((trace, policy))
    if not points or (trace, policy, size) in replayed:
        return replayed.get((trace, policy, size))
    at = bisect.bisect_right(points, (given or size, float('inf'))) - 1
    return points[at][1]


# ---- values under the pointer ----

def read_tip(figure):
    """The size and {policy: (faults, size that they are from)}."""
    title, lines = driver.execute_script('''
        const tip = arguments[0].querySelector('.tip');
        return tip.checkVisibility() ? [tip.innerText,
            [...tip.querySelectorAll('tr')].map((line) =>
                [...line.cells].map((cell) => cell.innerText))] :
            [null, []];''', figure)
    if title is None:
        return None, {}
    size = int(number(re.match(r'([\d,]+) page', title)[1]))
    told = {}
    for cells in lines:
        faults = re.match(r'([\d,]+)(?: \(from ([\d,]+)\))?$', cells[1])
        told[TITLES[cells[0].strip()]] = (
            number(faults[1]), faults[2] and int(number(faults[2])))
    return size, told


def check_tip(figure, trace):
    size, told = read_tip(figure)
    check(size and {'lru', 'opt'} <= set(told),
          f'{trace}: no LRU and OPT under the pointer at {size}: {told}')
    for policy, (faults, given) in told.items():
        check(faults == expected(trace, policy, size, given),
              f'{trace}, {policy}, {size} frames: {faults} under the '
              f'pointer, {expected(trace, policy, size, given)} in the rows')
    return size, told


def check_pointer(trace):
    figure = find(f'figure[data-trace="{trace}"]')
    drawing = figure.find_element(By.CSS_SELECTOR, 'svg')
    scroll_to(figure)
    wide = drawing.size['width']
    seen = []
    for step in range(21):
        ActionChains(driver, duration=0).move_to_element_with_offset(
            drawing, int((step / 20 - 0.5) * (wide - 4)), 20).perform()
        seen.append(check_tip(figure, trace)[0])
    check(seen == sorted(seen) and len(set(seen)) > 12,
          f'{trace}: sizes from left to right: {seen}')
    ActionChains(driver, duration=0).move_to_element(
        find('#title')).perform()
    check(read_tip(figure)[0] is None, f'{trace}: values stay')


def check_keys(trace):
    figure = find(f'figure[data-trace="{trace}"]')
    drawing = figure.find_element(By.CSS_SELECTOR, 'svg')
    drawing.send_keys(Keys.END)
    sizes = [check_tip(figure, trace)[0]]
    check(sizes[0] == max(curves[trace, 'lru'])[0],
          f'{trace}: the last size is {sizes[0]}')
    for _ in range(20):
        drawing.send_keys(Keys.LEFT)
        sizes.append(check_tip(figure, trace)[0])
    check(sizes == sorted(set(sizes))[::-1],
          f'{trace}: sizes by the left key: {sizes}')
    drawing.send_keys(Keys.ESCAPE)
    check(read_tip(figure)[0] is None, f'{trace}: values stay after Escape')


def check_marks(trace):
    """At each size that was replayed each policy is told."""
    figure = find(f'figure[data-trace="{trace}"]')
    scroll_to(figure)
    complete = set()
    for mark in figure.find_elements(
            By.CSS_SELECTOR, '.plot > svg > .mark[style*="--style-4"]'):
        ActionChains(driver, duration=0).move_to_element(mark).perform()
        size, told = check_tip(figure, trace)
        if set(told) == set(TITLES.values()):
            complete.add(size)
    sizes = {frames for name, policy, frames in replayed
             if name == trace and policy == 'fifo'}
    check(complete == sizes,
          f'{trace}: all policies at {complete}, replayed at {sizes}')


def check_ratio():
    """A dot's values, found with the keys."""
    drawing = find('#ratio-figure svg')
    scroll_to(drawing)
    drawing.send_keys(Keys.HOME)
    text = find('#ratio-figure .tip').text
    policy, trace = re.match(r'(\S+) on (\S+)', text).groups()
    faults, opt, size = [int(number(value)) for value in re.search(
        r'faults ([\d,]+)\s+OPT\'s ([\d,]+)\s+ratio [\d.]+\s+'
        r'memory ([\d,]+) page', text).groups()]
    check(faults == replayed[trace, TITLES[policy], size] and
          opt == replayed[trace, 'opt', size], f'the ratio of {text}')


# ---- tables ----

def read_column(table, name):
    return driver.execute_script('''
        const [table, name] = arguments;
        const heads = [...table.querySelectorAll('thead th')];
        const i = heads.findIndex((head) => head.textContent === name);
        return [...table.querySelectorAll('tbody tr')].map(
            (row) => row.cells[i].dataset.value ?? null);''', table, name)


def sort_by(table, name):
    button = table.find_element(By.XPATH, f'.//th/button[.="{name}"]')
    click(button)
    return button.find_element(By.XPATH, '..').get_attribute('aria-sort')


def check_sorting():
    section = find('#row-table')
    table = section.find_element(By.CSS_SELECTOR, 'table')
    click(section.find_element(By.CSS_SELECTOR, 'button.more'))
    counts = sorted(replayed.values())
    check([int(cell) for cell in read_column(table, 'faults')] ==
          list(replayed.values()), 'rows are not in their order at first')
    check(sort_by(table, 'faults') == 'ascending', 'aria-sort')
    check([int(cell) for cell in read_column(table, 'faults')] == counts,
          'faults do not ascend after a click')
    check(sort_by(table, 'faults') == 'descending', 'aria-sort, again')
    check([int(cell) for cell in read_column(table, 'faults')] ==
          counts[::-1], 'faults do not descend after a second click')
    sort_by(table, 'frames')
    sort_by(table, 'policy')
    pairs = list(zip(read_column(table, 'policy'),
                     [int(cell) for cell in read_column(table, 'frames')]))
    check(pairs == sorted(pairs), 'sorting is not stable')
    check(sort_by(table, 'gap closed') == 'ascending', 'gap closed')
    gaps = read_column(table, 'gap closed')
    empty = gaps.count(None)
    check(0 < empty < len(gaps) and gaps[-empty:] == [None] * empty,
          'empty cells are not the last')


# ---- what is shown ----

def shown():
    return [figure.get_attribute('data-trace')
            for figure in find_all('#curve-figures figure')]


def check_filter():
    chips = {chip.text: chip for chip in find_all('#filter button')}
    click(chips['one'])
    check(shown() == ['one-A', 'one-B'], f'the filter leaves {shown()}')
    check(set(read_column(find('#row-table table'), 'trace')) ==
          {'one-A', 'one-B'}, 'rows are not filtered')
    check(all(words.get_attribute('data-trace').startswith('one')
              for words in find_all('#words p[data-trace]')),
          'words are not filtered')
    click(chips['two'])
    check(shown() == traces, f'two of two programs: {shown()}')
    click(chips['all programs'])
    check(shown() == traces and
          chips['one'].get_attribute('aria-pressed') == 'false',
          'all programs are not shown again')


def check_legend():
    lines = len(find_all('figure[data-trace="one-A"] .line'))
    chip, = [chip for chip in find_all('#legend button')
             if chip.text.strip() == 'FIFO']
    click(chip)
    check(len(find_all('figure[data-trace="one-A"] .line')) == lines - 1,
          'the legend hides no line')
    click(chip)


def colours():
    return driver.execute_script('''
        const style = (element, name) =>
            getComputedStyle(element).getPropertyValue(name);
        return [style(document.body, 'background-color'),
            style(document.body, 'color'),
            style(document.querySelector('.line'), 'stroke')];''')


def emulate(**media):
    driver.execute_cdp_cmd('Emulation.setEmulatedMedia', media)


def check_light_and_dark():
    light = colours()
    emulate(features=[{'name': 'prefers-color-scheme', 'value': 'dark'}])
    dark = colours()
    check(all(a != b for a, b in zip(light, dark)),
          f'light {light} and dark {dark} as the system wishes')
    click(find('#theme'))
    check(colours() == light, 'the button does not make it light')
    click(find('#theme'))
    check(colours() == dark, 'the button does not make it dark')
    emulate(media='print')
    check(colours() == light and not find('.bar').is_displayed(),
          'paper is not light, or has buttons')
    emulate(media='', features=[])
    click(find('#theme'))


def check_shares():
    """Shares are told as they were asked for, though a size is whole."""
    told = [float(option.get_attribute('value'))
            for option in find_all('#ratio-share option')]
    check(told == [5, 10, 20, 25, 30, 50, 60, 70], f'shares: {told}')


def check_words():
    text = find('#words').text
    for trace in traces:
        pages = int([row for row in rows if row['trace'] == trace]
                    [0]['pages'])
        frames = int(pages * 0.25 + 0.5)
        lru = replayed[trace, 'lru', frames]
        opt = replayed[trace, 'opt', frames]
        wanted = f'{pages:,} pages'
        check(wanted in text and f'{lru:,} faults, ' in text and
              f'OPT\u2019s {opt:,}' in text,
              f'{trace}: {wanted}, {lru} and {opt} are not in the words')


def check_paper():
    """Figures are drawn for the width they have, so that letters keep their
    size: for paper's while the page is printed, then for the window's."""
    for event, width in (('beforeprint', 704), ('afterprint', 1304)):
        driver.execute_script(
            'dispatchEvent(new Event(arguments[0]))', event)
        scales = driver.execute_script('''
            return [...document.querySelectorAll('.plot > svg')].map((svg) =>
                svg.clientWidth / svg.viewBox.baseVal.width)''')
        check(all(abs(scale - 1) < 0.02 for scale in scales) and
              len(scales) > len(traces), f'{event}: scales {scales}')
        check(abs(find('#ratio-figure svg').size['width'] - width) < 60,
              f'{event}: as wide as '
              f'{find("#ratio-figure svg").size["width"]}')


def check_silence(name):
    """Nothing on the console, and nothing asked of the network."""
    console = driver.get_log('browser')
    check(not console, f'{name}: on the console: {console}')
    for entry in driver.get_log('performance'):
        message = json.loads(entry['message'])['message']
        if message['method'] == 'Network.requestWillBeSent':
            url = message['params']['request']['url']
            check(url.startswith(('file:', 'data:')),
                  f'{name}: asks for {url}')


def check_hostile():
    driver.get(pathlib.Path(hostile).absolute().as_uri())
    names = shown()
    check(any('<img src=x onerror=' in name for name in names) and
          any('</script>' in name for name in names),
          f'hostile names are not there as they are: {names}')
    check(driver.execute_script('return window.harmed') is None,
          'a name was run as a script')
    check(not find_all('main img'), 'a name became an element')
    check_silence('hostile names')


driver = start()
try:
    driver.get(pathlib.Path(page).absolute().as_uri())
    check(shown() == traces, f'figures of {shown()}')
    check_words()
    check_shares()
    for name in traces:
        check_pointer(name)
    check_keys(traces[0])
    check_marks(traces[-1])
    check_ratio()
    check(len(find_all('#hint-table tbody tr')) == 2, 'rows of tune')
    check_sorting()
    check_filter()
    check_legend()
    check_light_and_dark()
    check_paper()
    check_silence('the page')
    check_hostile()
finally:
    driver.quit()
sys.exit(bool(failures))
