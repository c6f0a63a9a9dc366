"""Twenty course pages as different tools write them: name -> (HTML, words that are text, words that are furniture)."""

from __future__ import annotations

P = "Обычный абзац лекции о том, как устроена память процессора и зачем нужны кеши. "
MENU = '<nav><ul><li><a href="/">menuhome</a></li><li><a href="/a">menulessons</a></li></ul></nav>'
FOOT = '<footer><p>footcopyright 2026</p><a href="/">footlink</a></footer>'


def page(body: str, title: str = "Курс") -> str:
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}</body></html>"


PAGES: dict[str, tuple[str, str, str]] = {
    "two articles and a section": (
        page(f"{MENU}<article><h1>Лекция 1</h1><p>{P}alpha</p></article><article><h1>Лекция 2</h1><p>{P}bravo</p>"
             f"</article><section><p>{P}charlie</p></section>{FOOT}"),
        "alpha bravo charlie", "menuhome menulessons footcopyright"),
    "asides in an article": (
        page(f"<article><h1>Т</h1><p>{P}</p><aside class='tip'><p>Важно: порог alpha</p></aside><p>{P}</p>"
             "<aside><p>Заметка на полях bravo</p></aside></article>"), "alpha bravo", ""),
    "a task in a form": (
        page(f"<main><h1>Задание</h1><p>{P}</p><form><p>Вопрос: сколько будет alpha?</p><label>Первый ответ bravo"
             "</label><input value='inputvalue'><button>buttonsend</button></form></main>"),
        "alpha bravo", "buttonsend inputvalue"),
    "everything in one form": (
        page(f"<form id='aspnetForm'><div id='content'><h1>Лекция</h1><p>{P}alpha</p><p>{P}bravo</p></div></form>"),
        "alpha bravo", ""),
    "footnotes in the article's footer": (
        page(f"{MENU}<article><h1>Т</h1><p>{P}</p><footer><p>Сноска alpha</p></footer></article>{FOOT}"),
        "alpha", "menuhome footcopyright"),
    "MathJax": (
        page(f"<article><h1>Т</h1><p>{P}Формула <script type='math/tex'>x^2_{{alpha}}</script> и "
             "<script type='math/tex; mode=display'>\\sum bravo</script></p>"
             "<script>var scriptcode=1</script></article>"),
        "x^2_{alpha} bravo", "scriptcode"),
    "KaTeX": (
        page(f"<article><p>{P}<span class='katex'><span class='katex-mathml'><math><semantics><mi>K</mi><annotation "
             "encoding='application/x-tex'>k_alpha</annotation></semantics></math></span><span class='katex-html' "
             "aria-hidden='true'>katexshown</span></span></p></article>"), "k_alpha", "katexshown"),
    "MathML with alttext": (
        page(f"<article><p>{P}<math alttext='a_{{alpha}}'><mi>mathmlletters</mi></math></p></article>"),
        "a_{alpha}", "mathmlletters"),
    "details and figures": (
        page(f"<article><p>{P}</p><details><summary>Ответ alpha</summary><p>Потому что bravo</p></details><figure>"
             "<img src='x.png'><figcaption>Подпись charlie</figcaption></figure></article>"),
        "alpha bravo charlie", ""),
    "a small main beside the text": (
        page(f"{MENU}<main><h1>Оглавление alpha</h1></main><div><h2>Глава</h2><p>{P * 3}bravo</p></div>{FOOT}"),
        "alpha bravo", "menuhome"),
    "the title in a header": (
        page(f"<header><a href='/'>headlogo</a></header><main><header><h1>Заголовок alpha</h1></header><p>{P}bravo</p>"
             "</main>"), "alpha bravo", "headlogo"),
    "hidden text": (
        page(f"<article><p>{P}alpha</p><p style='display: none'>hiddenone</p><p hidden>hiddentwo</p></article>"),
        "alpha", "hiddenone hiddentwo"),
    "Sphinx": (
        page("<div class='sphinxsidebar' role='navigation'><ul><li><a href='a'>menutoc</a></li></ul></div><div "
             f"class='document'><div class='body' role='main'><section><h1>Т<a class='headerlink' href='#t'>¶</a></h1>"
             f"<p>{P}alpha</p><div class='admonition note'><p>Note: bravo</p></div><div class='highlight'><pre>x = "
             "charlie</pre></div></section></div></div><div class='footer' role='contentinfo'>footsphinx</div>"),
        "alpha bravo charlie", "menutoc footsphinx"),
    "Moodle's blocks": (
        page(f"<div id='region-main'><h2>Тема</h2><div class='no-overflow'><p>{P}alpha</p></div><table><tr><td>"
             "Балл</td><td>bravo</td></tr></table></div><aside class='block_nav'><ul><li><a href='a'>menublock one</a>"
             "</li><li><a href='b'>menublock two</a></li></ul></aside>"), "alpha bravo", "menublock"),
    "short lines of a cheat sheet": (
        page("<main><h1>Шпаргалка</h1><ul><li>git add alpha</li><li>git commit bravo</li></ul><p>Всё. charlie</p>"
             "</main>"),
        "alpha bravo charlie", ""),
    "a glossary": (
        page("<main><dl><dt>Кеш alpha</dt><dd>Быстрая память bravo</dd><dt>Шина charlie</dt><dd>Путь данных delta</dd>"
             "</dl></main>"), "alpha bravo charlie delta", ""),
    "a timetable": (
        page(f"{MENU}<table><tr><th>Неделя</th><th>Тема</th></tr><tr><td>1</td><td>Введение alpha</td></tr><tr>"
             f"<td>2</td><td>Память bravo</td></tr></table>{FOOT}"), "alpha bravo", "menuhome footcopyright"),
    "code with markup": (
        page(f"<article><p>{P}</p><pre><code>a &lt; b\n  c &lt;!-- alpha --&gt;</code></pre><p>В тексте &lt;!-- bravo "
             "дальше</p><p>charlie после</p></article>"), "alpha bravo charlie", ""),
    "a reading list of links": (
        page(f"<main><h1>Что читать</h1><ul><li><a href='a'>Статья alpha</a></li><li><a href='b'>Книга bravo</a></li>"
             f"</ul></main>{MENU}"), "alpha bravo", "menuhome"),
    "a note in a sidebar": (
        page(f"<div class='layout'><div class='content'><p>{P}alpha</p></div><div class='sidebar'><p>Автор курса "
             f"bravo ведёт его третий год и отвечает на вопросы по средам.</p></div>"
             "<div class='menu'><a href='a'>menuleft</a>"
             "</div></div>"), "alpha bravo", "menuleft"),
}  # fmt: skip
