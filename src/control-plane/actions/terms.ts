/** The commercial rules: those that are shipped, and a user's own. */
import { Type, type Static } from 'typebox';
import { DEFAULT_ACCOUNT } from '../core/decisions.js';
import { formatInstant, parseDuration, parseInstant, type Instant } from '../core/duration.js';
import { SimulatorError } from '../core/errors.js';
import { addTerms, agreedOf, mistakes, ownTerms, termsIdOf } from '../core/own-terms.js';
import { announceTerms, type Announcement } from '../core/terms-announcement.js';
import { isLiving, termsOf } from '../core/state-facts.js';
import { TERMS, type TermsId } from '../core/terms.js';
import type { ControlPlane } from '../control-plane.js';
import { areMistakes } from '../schema-mistakes.js';
import { readTerms } from '../terms-file.js';
import { defineAction } from './action.js';
import { json } from './json-field.js';
import { termsView, viewTerms } from './terms-view.js';
import { instant, nullable } from './views.js';

const name = Type.String({ minLength: 1, description: 'A name of terms, such as tos, or an id' });

export const ListTerms = defineAction({
  name: 'ListTerms',
  method: 'GET',
  path: '/v1/terms',
  summary: "List the terms: those that are shipped, and a user's own.",
  cli: { command: 'terms list' },
  input: Type.Object({}),
  output: Type.Object({
    terms: Type.Array(
      Type.Object({
        name: Type.String({ description: 'What instances are created with' }),
        id: Type.String({ description: 'Of this version, for good' }),
        title: Type.String({ description: 'For people' }),
        source: Type.String({ description: 'Where it stands' }),
        instances: Type.Integer({ description: 'How many instances there are under them' }),
      }),
    ),
  }),
  run({ controlPlane: { world } }) {
    const ids = new Set([...Object.keys(TERMS), ...ownTerms(world).map((one) => one.termsId)]);
    const living = [...world.instances.values()].filter(isLiving);
    const under = (id: TermsId) =>
      living.filter(({ terms }) => (agreedOf(world, terms)?.base ?? terms) === id).length;
    return {
      terms: [...ids].map((id) => {
        const { name, title, source } = termsOf(id);
        return { name, id, title, source, instances: under(id) };
      }),
    };
  },
});

export const DescribeTerms = defineAction({
  name: 'DescribeTerms',
  method: 'GET',
  path: '/v1/terms/:name',
  summary:
    'Show terms: each stage with its length, what clients may do in it, and what is charged.',
  cli: { command: 'terms show', positional: ['name'] },
  input: Type.Object({ name }),
  output: termsView,
  run({ controlPlane: { world } }, input) {
    return viewTerms(world, termsIdOf(world, input.name));
  },
});

export const AddTerms = defineAction({
  name: 'AddTerms',
  method: 'POST',
  path: '/v1/terms',
  summary:
    "Add a user's own terms. Instances that were sold under others of that name go on under those.",
  cli: { command: 'terms add', positional: ['terms'] },
  input: Type.Object({
    terms: json('The terms as in schemas/terms.schema.json; on the command line, the file'),
  }),
  output: termsView,
  async run({ controlPlane }, input) {
    const terms = readTerms(input.terms);
    if (areMistakes(terms)) throw new SimulatorError('TermsNotValid', mistakes(terms));
    const id = await controlPlane.decide((draft) => addTerms(draft, terms));
    return viewTerms(controlPlane.world, id);
  },
});

export const announcementView = Type.Object(
  {
    id: Type.String({ description: 'Of the announcement' }),
    terms: Type.String({ description: 'The id of the new terms' }),
    accountId: nullable(Type.String({ description: 'Whose instances; null: all' })),
    announcedAt: instant('When it was told'),
    effectiveAt: instant('From when on they go for those that are still there'),
    instances: Type.Array(Type.String(), { description: 'Those that were told' }),
    state: Type.String({ description: 'announced or in-force' }),
  },
  { title: 'An announcement' },
);

export const AnnounceTerms = defineAction({
  name: 'AnnounceTerms',
  method: 'POST',
  path: '/v1/terms/:name/announcement',
  summary:
    'Announce that instances go over to other terms (3.1.1): at the earliest after the notice period of their own terms. Whoever does not want them ends the instance before.',
  cli: { command: 'terms announce', positional: ['name'] },
  input: Type.Object({
    name,
    effective: Type.String({
      description: 'When: 2026-12-01T00:00:00Z, or a time from now, such as 30d',
    }),
    account: Type.Optional(
      Type.String({
        description: `Only for the instances of one account, such as ${DEFAULT_ACCOUNT}`,
      }),
    ),
  }),
  output: announcementView,
  async run({ controlPlane }, input) {
    const id = await controlPlane.decide((draft) =>
      announceTerms(draft, {
        termsId: termsIdOf(draft.world, input.name),
        accountId: input.account ?? null,
        effectiveAt: effectiveAt(input.effective, draft.at),
      }),
    );
    return viewAnnouncement(controlPlane.read((draft) => draft.record('announcements', id)));
  },
});

export const ListAnnouncements = defineAction({
  name: 'ListAnnouncements',
  method: 'GET',
  path: '/v1/announcements',
  summary: 'List the announcements of changed terms.',
  cli: { command: 'terms announcements' },
  input: Type.Object({}),
  output: Type.Object({ announcements: Type.Array(announcementView) }),
  run({ controlPlane }: { controlPlane: ControlPlane }) {
    const rows = controlPlane.read((draft) => draft.records('announcements'));
    return { announcements: rows.map(viewAnnouncement) };
  },
});

function viewAnnouncement(row: Announcement): Static<typeof announcementView> {
  const { id, termsId, accountId, announcedAt, instanceIds, state } = row;
  return {
    ...{ id, terms: termsId, accountId, announcedAt: formatInstant(announcedAt) },
    ...{ effectiveAt: formatInstant(row.effectiveAt), instances: [...instanceIds], state },
  };
}

/** Throws InvalidInput. */
function effectiveAt(text: string, now: Instant): Instant {
  const isSpan = /^[\d.]+[wdhms]/.test(text.trim());
  return isSpan ? now + parseDuration('effective', text) : parseInstant('effective', text);
}
