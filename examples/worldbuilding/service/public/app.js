// The page of the reference application: no framework, no build. What is interesting is `showHistory`.

const find = (selector) => document.querySelector(selector)
let elementId = null
let authorId = null

async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const answer = response.status === 204 ? null : await response.json()
  if (!response.ok) throw new Error(answer?.message ?? response.statusText)
  return answer
}

/** Runs what somebody asked for, and says what came of it. */
function act(work) {
  const run = async (event) => {
    try {
      find('#message').textContent = (await work(event)) ?? ''
    } catch (error) {
      find('#message').textContent = error.message
    }
  }
  return (event) => {
    event?.preventDefault()
    void run(event)
  }
}

async function showWho() {
  authorId = (await ask('GET', '/api/me')).authorId
  find('#sign-in').hidden = authorId !== null
  find('#signed-in').hidden = authorId === null
  find('#world').hidden = authorId === null
  find('#signed-in span').textContent = authorId === null ? '' : `You are ${authorId}.`
  find('#all-history').hidden = authorId === null
  find('#desk').hidden = authorId === null
  if (authorId !== null) await showWorlds()
}

async function showWorlds() {
  const worlds = await ask('GET', '/api/worlds')
  find('#worlds').replaceChildren(...worlds.map(({ id, name }) => new Option(name, id)))
  await showElements()
}

async function showElements() {
  const elements = await ask('GET', `/api/worlds/${find('#worlds').value}/elements`)
  const rows = elements.map(({ id, kind, name }) => {
    const button = document.createElement('button')
    const title = document.createElement('span')
    title.textContent = name
    const note = document.createElement('small')
    note.textContent = kind
    button.append(title, ' ', note)
    button.dataset.kind = kind
    button.addEventListener(
      'click',
      act(() => showElement(id)),
    )
    if (id === elementId) button.setAttribute('aria-current', 'true')
    const row = document.createElement('li')
    row.append(button)
    return row
  })
  find('#elements').replaceChildren(...rows)
}

async function showElement(id) {
  elementId = id
  const element = await ask('GET', `/api/elements/${id}`)
  const secret = await ask('GET', `/api/elements/${id}/secret`)
  show(true)
  find('#element-name').textContent = element.name
  find('#element-kind').textContent = element.kind
  find('#element-kind').dataset.kind = element.kind
  const form = find('#edit').elements
  form.name.value = element.name
  form.summary.value = element.summary
  form.body.value = element.body
  form.attributes.value = JSON.stringify(element.attributes, null, 2)
  form.reason.value = ''
  find('#secret').elements.body.value = secret.body
  const relations = element.relations.map(({ kind, toName }) => {
    const row = document.createElement('li')
    row.textContent = `${kind} ${toName}`
    return row
  })
  find('#relations').replaceChildren(...relations)
  showHistory()
  await showElements()
}

/** The history is the viewer's custom element: it asks the API below /history, as whoever is signed in. */
function showHistory() {
  find('#panel-history').replaceChildren(timelineOf('world_elements', elementId))
  find('#secret-history').replaceChildren(timelineOf('secrets', JSON.stringify([elementId, authorId])))
}

function timelineOf(type, id) {
  const timeline = document.createElement('backstory-timeline')
  timeline.setAttribute('api', '/history')
  timeline.setAttribute('element-type', type)
  timeline.setAttribute('element-id', id)
  // somebody restored a version: what is being edited is another now
  timeline.addEventListener(
    'backstory-restored',
    act(() => showElement(elementId)),
  )
  return timeline
}

/** Shows the element, or that none is chosen. */
function show(isOpen) {
  find('#element').hidden = !isOpen
  find('#nothing').hidden = isOpen
}

const tabs = [...document.querySelectorAll('[role=tab]')]

function showTab(tab) {
  for (const one of tabs) {
    one.setAttribute('aria-selected', String(one === tab))
    one.tabIndex = one === tab ? 0 : -1
    find(`#${one.getAttribute('aria-controls')}`).hidden = one !== tab
  }
}

for (const [index, tab] of tabs.entries()) {
  tab.addEventListener('click', () => {
    showTab(tab)
    if (elementId !== null) act(() => showElement(elementId))()
  })
  tab.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
    const next = step === undefined ? undefined : tabs.at((index + step) % tabs.length)
    next?.focus()
    next?.click()
  })
}

find('#sign-in').addEventListener(
  'submit',
  act(async ({ target }) => {
    await ask('POST', '/api/sign-in', { name: target.elements.name.value })
    await showWho()
  }),
)
find('#sign-out').addEventListener(
  'click',
  act(async () => {
    await ask('POST', '/api/sign-out', {})
    elementId = null
    show(false)
    await showWho()
  }),
)
find('#worlds').addEventListener('change', act(showElements))
find('#new-element').addEventListener(
  'submit',
  act(async ({ target }) => {
    const { kind, name } = target.elements
    const { id } = await ask('POST', `/api/worlds/${find('#worlds').value}/elements`, {
      kind: kind.value,
      name: name.value,
    })
    target.reset()
    await showElement(id)
  }),
)
find('#edit').addEventListener(
  'submit',
  act(async ({ target }) => {
    const { name, summary, body, attributes, reason } = target.elements
    await ask('PUT', `/api/elements/${elementId}`, {
      name: name.value,
      summary: summary.value,
      body: body.value,
      attributes: JSON.parse(attributes.value),
      reason: reason.value,
    })
    await showElement(elementId)
    return 'Saved.'
  }),
)
find('#delete').addEventListener(
  'click',
  act(async () => {
    await ask('DELETE', `/api/elements/${elementId}`)
    show(false)
    elementId = null
    await showElements()
    return 'Deleted. “Everything that happened” has it still.'
  }),
)
find('#secret').addEventListener(
  'submit',
  act(async ({ target }) => {
    await ask('PUT', `/api/elements/${elementId}/secret`, { body: target.elements.body.value })
    await showElement(elementId)
    return 'Kept.'
  }),
)
act(showWho)()
