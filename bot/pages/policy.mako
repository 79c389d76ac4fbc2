<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Safety policy ${policy.version}</title>
<style>
  :root { color-scheme: light; }
  * { box-sizing: border-box; }
  body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #1b1f24;
    background: #fff; margin: 0 auto; max-width: 72rem; padding: 1.5rem; }
  h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
  h2 { font-size: 1.4rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 2px solid #1b1f24; }
  h3 { font-size: 1.1rem; margin: 1.75rem 0 .4rem; }
  p, ul, ol { margin: .4rem 0 .8rem; max-width: 46rem; }
  a { color: #0b4f8a; }
  caption a { font-weight: 400; }
  table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.25rem; font-size: .9rem; }
  caption { text-align: left; font-weight: 600; padding: .25rem 0; }
  th, td { border: 1px solid #9aa4ae; padding: .35rem .5rem; text-align: left; vertical-align: top;
    overflow-wrap: break-word; }
  td p { margin: 0 0 .3rem; }
  table.set { table-layout: fixed; }
  thead th { background: #e9edf1; }
  tbody th { font-weight: 600; background: #f6f8fa; }
  dl { margin: 0; }
  dt { display: inline; font-weight: 600; }
  dt::after { content: ":\00a0"; }
  dd { display: inline; margin: 0; }
  dd::after { content: ""; display: block; margin-bottom: .2rem; }
  code { font: .85em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
  tbody tr[class] th { padding-left: .8rem; }
  .urgent th { box-shadow: inset 6px 0 0 #a4161a; }
  .clearance th { box-shadow: inset 6px 0 0 #b45309; }
  .defer th { box-shadow: inset 6px 0 0 #8a6d00; }
  .caution th { box-shadow: inset 6px 0 0 #2d6a4f; }
  .small { font-size: .85rem; color: #3d454d; }
  .case { padding-left: 1.25rem; }
  .skip { position: absolute; left: -999rem; }
  .skip:focus { position: fixed; left: 1rem; top: .5rem; padding: .5rem .8rem; background: #fff;
    border: 2px solid #0b4f8a; }
  .sign td { height: 3.2rem; }
  nav ul { columns: 2; list-style: none; padding: 0; max-width: none; }
  @media (max-width: 40rem) {
    body { padding: .75rem; }
    nav ul { columns: 1; }
    .wide { overflow-x: auto; }
    .wide table { min-width: 46rem; }
  }
  @page { size: A4; margin: 14mm 12mm; }
  @media print {
    body { font-size: 9.5pt; max-width: none; padding: 0; }
    table { font-size: 8pt; }
    th, td { padding: .2rem .35rem; }
    .small { font-size: 8pt; }
    h2 { break-before: page; border-top: 0; padding-top: 0; }
    h2.together { break-before: auto; }
    h2, h3, caption { break-after: avoid; }
    tr, li { break-inside: avoid; }
    thead { display: table-header-group; }
    thead th, tbody th { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    a { color: inherit; text-decoration: none; }
    .skip, nav { display: none; }
  }
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the policy</a>
<header>
<h1>Safety policy, version ${policy.version}</h1>
<p>What a booking program asks before a massage, and what it does with each answer.</p>
<p><strong>Not medical advice.</strong> A responsible clinician must read it, change it where needed and sign it
before anybody is booked by it. A finding names what a client told. It is never a diagnosis.</p>
</header>
<nav aria-label="Contents">
<h2 class="together" id="contents">Contents</h2>
<ul>
  <li><a href="#review">1. Review</a></li>
  <li><a href="#outcomes">2. Outcomes</a></li>
  <li><a href="#rules">3. Rules</a></li>
  <li><a href="#holds">4. Holds and lifts</a></li>
  <li><a href="#items">5. Items and findings</a></li>
  <li><a href="#rounds">6. Rounds of questions</a></li>
  <li><a href="#cards">7. Cards and branches</a></li>
  <li><a href="#facts">8. What follows from other answers</a></li>
  <li><a href="#typed">9. Typed words</a></li>
  <li><a href="#after">10. After the visit</a></li>
  <li><a href="#texts">11. Messages</a></li>
  <li><a href="#cases">12. Cases</a></li>
  <li><a href="#sign">13. Signature</a></li>
</ul>
</nav>
<main id="main">

<h2 class="together" id="review">1. Review</h2>
<table>
<tbody>
  <tr><th scope="row">Version</th><td>${policy.version}</td></tr>
  <tr><th scope="row">Content</th><td><code>${policy.content_hash}</code> (SHA-256 of the files)</td></tr>
  <tr><th scope="row">Status</th><td>${policy.review.status}</td></tr>
  <tr><th scope="row">Approved by</th><td>${policy.review.approved_by or "nobody yet"}</td></tr>
  <tr><th scope="row">Last review</th><td>${policy.review.last_review_date}</td></tr>
  <tr><th scope="row">Next review</th><td>${policy.review.next_review}, or at once when a source changes</td></tr>
  <tr><th scope="row">Size</th><td>${len(policy.items)} items, ${len(policy.findings)} findings,
    ${len(policy.cards)} cards, ${len(page.cases)} cases</td></tr>
</tbody>
</table>
% if page.laxer:
<h3>Laxer than the policy that ships, or in doubt: ${len(page.laxer)}</h3>
<p>Compared with version ${page.baseline.version}, content <code>${page.baseline.content_hash[:12]}</code>.
Whoever signs takes each of these upon themselves.</p>
<ul>
% for line in page.laxer_lines():
  <li>${line.strip()}</li>
% endfor
</ul>
% endif

<h2 id="outcomes">2. Outcomes</h2>
<table>
<caption>From the mildest to the most severe; the most severe counts</caption>
<thead><tr><th scope="col">Rank</th><th scope="col">Outcome</th><th scope="col">What the program does</th></tr></thead>
<tbody>
<%
does = (
    "The visit stays.",
    "The visit stays. The therapist's list says what to adapt.",
    "The visit is off. Where the rule has a date, a time not before it is kept for 48 hours.",
    "Holds, and tells how to get the OK. A lead accepts it.",
    "What to do now, with the number, comes first. Then the visit is cancelled and staff are told.",
)
%>
% for outcome, words in page.outcomes:
  <tr class="${outcome.name.lower()}"><th scope="row">${int(outcome)}</th><td>${words}</td><td>${does[outcome]}</td></tr>
% endfor
</tbody>
</table>
<p>Urgent has three tiers:</p>
<ul>
% for tier, words in page.tiers:
  <li>${words}</li>
% endfor
</ul>
<p>Between E and D, E counts. The numbers are the clinic's own.</p>

<h2 id="rules">3. Rules</h2>
<ol>
  <li><strong>Worst wins.</strong> The most severe outcome counts; all findings are kept.</li>
  <li><strong>Holds add up.</strong> The longest minimum has to pass, and every OK has to be there.</li>
  <li><strong>Unknown is never clear.</strong> Not sure, skipped, timed out, unreadable or an error is a hold and a
    task for a person, unless the row names its own result for "not sure".</li>
  <li><strong>When.</strong> A full check closes 12 hours before a visit and is good for 48 hours, only with a short
    check within 4 hours of the start. Neither there: no session. The therapist asks once more at the door, and may
    always stop.</li>
  <li><strong>Raise, never lower.</strong> What is urgent, needs a doctor's OK, or belongs to a relapse is lowered by a
    named person with a reason.</li>
  <li><strong>Typed words only raise.</strong> A "no" on a card does not take back what a sentence says.</li>
  <li><strong>A finding stays</strong> until it is answered again or lifted, whichever way the next booking comes.</li>
  <li><strong>Standing notes.</strong> A lasting, unchanged finding that the therapist knows is a caution once, and a
    note each time.</li>
  <li><strong>A doctor's OK</strong> is good for 12 months at most. It ends at once with a new diagnosis, relapse,
    hospital stay, operation or urgent event. It has to be a letter where the row says so.</li>
  <li><strong>In full again:</strong> the first questions come again every 12 months, after an urgent event or a
    clearance, and after 90 days without a visit.</li>
  <li><strong>Repeats.</strong> Two moves in a row for the same finding, or three in 60 days, make a task for a
    person.</li>
  <li><strong>A move for health</strong> costs nothing and says so.</li>
  <li><strong>The same answers give the same outcome:</strong> a fixed table with a version. No language model chooses
    or lowers one.</li>
  <li><strong>Urgent first:</strong> the text, then the cancel, then the alert. If the cancel fails, the text has still
    gone.</li>
  <li><strong>Many cautions.</strong> Five or more new ones, or cautions in three sections, ask staff to look before
    the visit.</li>
  <li><strong>What happens to the time, and who lifts a hold:</strong> see <a href="#holds">holds and lifts</a>.</li>
</ol>

<h2 id="holds">4. Holds and lifts</h2>
<div class="wide"><table class="set">
<caption>Rule 16. A lift names who, when, why and what was seen.</caption>
<colgroup><col style="width: 11%"><col style="width: 17%"><col style="width: 13%"><col style="width: 20%"><col style="width: 39%"></colgroup>
<thead><tr><th scope="col">Hold</th><th scope="col">The time</th><th scope="col">Lifted by</th>
  <th scope="col">What must be there first</th><th scope="col">Findings</th></tr></thead>
<tbody>
% for name, cells in page.groups():
  <tr><th scope="row">${name}</th>
  % for cell in cells:
    <td>${page.linked(cell)}</td>
  % endfor
  </tr>
% endfor
</tbody>
</table></div>

<h2 id="items">5. Items and findings</h2>
<p>A finding's code keeps its name in every version. S and a number stand for a source of the policy's list.</p>
% for letter, name, items in page.sections():
<h3 id="section-${letter}">Section ${letter}: ${name}</h3>
% for item in items:
<div class="wide"><table class="set" id="item-${item.id}">
<caption>Item ${item.id}. Asked ${page.asked(item)}, of ${page.whom(item)}.
% if page.cards_of(item):
On card
% for place, card in enumerate(page.cards_of(item)):
${", " if place else ""}<a href="#card-${card}">${card}</a>\
% endfor
.
% endif
% if item.sources:
Sources: ${item.sources}.
% endif
</caption>
<colgroup><col style="width: 18%"><col style="width: 13%"><col style="width: 11%"><col style="width: 15%"><col style="width: 20%"><col style="width: 12%"><col style="width: 11%"></colgroup>
<thead><tr><th scope="col">Finding</th><th scope="col">Outcome</th><th scope="col">Least hold</th>
  <th scope="col">Lifted by, with what</th><th scope="col">For the therapist</th>
  <th scope="col">The client reads</th><th scope="col">Sources</th></tr></thead>
<tbody>
% for row in page.findings(item):
  <tr class="${row.outcome.name.lower()}" id="finding-${row.code}"><th scope="row"><code>${row.code}</code><br>${page.name(row.code)}</th>
    <td>${page.outcome(row)}</td>
    <td>${page.words.hold(row)}</td>
    <td>${page.words.lift(row)}
    % if page.letter(row):
      <p class="small">${page.letter(row)}</p>
    % endif
    </td>
    <td>
    % if page.notes(row):
      <dl>
      % for facet, words in page.notes(row):
        <dt>${facet}</dt><dd>${words}</dd>
      % endfor
      </dl>
    % endif
    </td>
    <td>
    % for words in page.told(row):
      <p>${words}</p>
    % endfor
    </td>
    <td>${row.sources}</td></tr>
% endfor
</tbody>
</table></div>
% endfor
% endfor

<h2 id="rounds">6. Rounds of questions</h2>
<table>
<thead><tr><th scope="col">Round</th><th scope="col">Cards in order</th><th scope="col">Special</th></tr></thead>
<tbody>
% for phase in policy.phases.values():
  <tr><th scope="row">${phase.id}</th><td>
  % for place, card in enumerate(phase.cards):
${", " if place else ""}<a href="#card-${card}">${card}</a>\
  % endfor
  </td><td>${page.round(phase)}</td></tr>
% endfor
</tbody>
</table>

<h2 id="cards">7. Cards and branches</h2>
<p>Each card is one screen of the chat, in the order in which they are met. "Or not known" means that a row stands for everybody until their conditions
are known.</p>
% for card in page.cards():
<h3 id="card-${card.id}">Card ${card.id}: ${page.words.say(card.key)}</h3>
<p class="small">${page.item_of(card)}${page.kind(card)}. Comes from ${page.linked(page.opened_by(card))}.
% for key in card.above:
Above it: "${page.words.say(key)}"
% endfor
</p>
% if page.branches(card):
<table class="set">
<colgroup><col style="width: 40%"><col style="width: 25%"><col style="width: 35%"></colgroup>
<thead><tr><th scope="col">Line or option</th><th scope="col">For whom</th><th scope="col">What follows</th></tr></thead>
<tbody>
% for branch in page.branches(card):
  <tr><th scope="row">${branch.words}
  % if branch.button:
    <span class="small">[${branch.button}]</span>
  % endif
  </th><td>${branch.whom or "everybody"}</td><td>${page.linked(branch.then)}
  % for scope, then in branch.cases:
    <div class="case">${scope}: ${page.linked(then)}</div>
  % endfor
  </td></tr>
% endfor
</tbody>
</table>
% endif
% endfor

<h2 id="facts">8. What follows from other answers</h2>
<h3>Facts</h3>
<ul>
% for rule in policy.implied:
  <li>${page.words.fact(rule.gives)}: from ${page.follows(rule)}</li>
% endfor
</ul>
<h3>Notes that go to the therapist each time</h3>
<ul>
% for rule in policy.assumed:
  <li>${page.name(rule.gives)} (<code>${rule.gives}</code>): with ${page.follows(rule)}</li>
% endfor
</ul>
<h3>Findings that tell more together</h3>
<ul>
% for rule in policy.together:
  <li>${page.linked(page.words.together(rule))}</li>
% endfor
</ul>

<h2 id="typed">9. Typed words</h2>
<p>Every message is read for these before anything else. Words can only raise. "Acts at once" sends the act-now text;
"asks" sends the question whether it is now, under the emergency number. Words of denial, of long ago and of joking
choose between the two. Words that no pattern holds are weighed together, and ask when they sound like danger.</p>
<table>
<thead><tr><th scope="col">Finding</th><th scope="col">Tier</th><th scope="col">What the words do</th></tr></thead>
<tbody>
% for code, name, tier, does in page.typed():
  <tr><th scope="row"><code>${code}</code><br>${name}</th><td>${tier}</td><td>${does}</td></tr>
% endfor
</tbody>
</table>
<p>Staff hear of these words without urgency: ${"; ".join(page.softer()) or "none"}.</p>

<h2 id="after">10. After the visit</h2>
<p>The care message comes when the visit is marked done. The questions come the next day (once more after two days),
on the third day and after a week, outside quiet hours. The answers are cards of the rounds named aftercare.</p>
<table>
<thead><tr><th scope="col">Message</th><th scope="col">Words</th></tr></thead>
<tbody>
% for key, words in page.after():
  <tr><th scope="row"><code>${key}</code></th><td>${words}</td></tr>
% endfor
</tbody>
</table>

<h2 id="texts">11. Messages</h2>
<p>[ ] stands round what only the moment can fill in: a time, a name, the clinic's number, what the client told.</p>
<table>
<thead><tr><th scope="col">Message</th><th scope="col">Words</th></tr></thead>
<tbody>
% for key, words in page.texts():
  <tr><th scope="row"><code>${key}</code></th><td>${words}</td></tr>
% endfor
</tbody>
</table>

<h2 id="cases">12. Cases</h2>
% if not page.ships:
<p><strong>These cases were worked out for the policy that ships</strong>, version ${page.baseline.version}. Where this
policy differs, they may come out otherwise.</p>
% endif
<p>The round is on 1 March 2027 at 10:00, the visit on the next day at 10:00. Where nothing else is said, it is the
check before a visit, of a person with MS and a valid doctor's OK.</p>
<div class="wide"><table class="set">
<colgroup><col style="width: 8%"><col style="width: 21%"><col style="width: 13%"><col style="width: 28%"><col style="width: 15%"><col style="width: 15%"></colgroup>
<thead><tr><th scope="col">No.</th><th scope="col">Case</th><th scope="col">Conditions</th><th scope="col">Told</th>
  <th scope="col">Round and file</th><th scope="col">What follows</th></tr></thead>
<tbody>
% for number, row in enumerate(page.cases, 1):
<% people, told, file, follows = page.case(row) %>\
  <tr class="${row["is"]}"><th scope="row">${number}</th><td>${row["what"]}</td><td>${people}</td><td>${page.linked(told)}</td><td>${page.linked(file)}</td><td>${follows}</td></tr>
% endfor
</tbody>
</table></div>

<h2 id="sign">13. Signature</h2>
<p>I have read version ${policy.version}, content <code>${policy.content_hash[:12]}</code>, and sign it. I know that the
program books people by it in my name, that I may change it, and that it has to be read again by
${policy.review.next_review} or when a source changes.</p>
% if page.laxer:
<p>I take upon myself the ${len(page.laxer)} rules that are laxer than in the policy that ships, or in doubt, as
listed under 1.</p>
% endif
<table class="set sign">
<colgroup><col style="width: 30%"><col style="width: 70%"></colgroup>
<tbody>
  <tr><th scope="row">Name</th><td></td></tr>
  <tr><th scope="row">Profession and licence</th><td></td></tr>
  <tr><th scope="row">Changes asked for</th><td></td></tr>
  <tr><th scope="row">Date and signature</th><td></td></tr>
</tbody>
</table>
<p class="small">To put it in force, type the sentence that the chat shows under "Policy", or run
<code>gentlehours policy sign-off --by "FIRST LAST"\
% if page.laxer:
 --accept-laxer ${len(page.laxer)}\
% endif
</code>.</p>
</main>
</body>
</html>
