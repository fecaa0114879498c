/** Who is told for an account. */
import { Type } from 'typebox';
import { addContact, modifyContact, removeContact } from '../core/contacts.js';
import { invalidInput } from '../core/errors.js';
import { contactView, viewContact } from './case-views.js';
import { account, caseId, decided, listed, words } from './cases.js';
import { defineAction } from './action.js';

const NAME = 'Who';
const HOW = 'How to reach them: an address, a number; nobody is written to';
const contact = caseId('ct-1');

export const AddContact = defineAction({
  name: 'AddContact',
  method: 'POST',
  path: '/v1/contacts',
  summary: 'Name somebody who is told what concerns an account (3.1.6).',
  cli: { command: 'contact add', positional: ['name', 'how'] },
  input: Type.Object({ name: words(NAME), how: words(HOW), account }),
  output: contactView,
  async run(context, { name, how, account: accountId }) {
    const added = { accountId, name, how };
    return viewContact(await decided(context, 'contacts', (draft) => addContact(draft, added)));
  },
});

export const ListContacts = defineAction({
  name: 'ListContacts',
  method: 'GET',
  path: '/v1/contacts',
  summary: 'List the contacts, also those that were removed.',
  cli: { command: 'contact list' },
  input: Type.Object({
    account: Type.Optional(Type.String({ minLength: 1, description: 'Only those of one account' })),
  }),
  output: Type.Object({ contacts: Type.Array(contactView) }),
  run(context, input) {
    return { contacts: listed(context, 'contacts', input).map(viewContact) };
  },
});

export const ModifyContact = defineAction({
  name: 'ModifyContact',
  method: 'POST',
  path: '/v1/contacts/:contact',
  summary: 'Change a contact, or say whether it can be reached: who cannot is told nothing.',
  cli: { command: 'contact modify', positional: ['contact'] },
  input: Type.Object({
    contact,
    name: Type.Optional(words(NAME)),
    how: Type.Optional(words(HOW)),
    reachable: Type.Optional(
      Type.Enum(['yes', 'no'], { description: 'Whether it can be reached' }),
    ),
  }),
  output: contactView,
  async run(context, { contact: id, name, how, reachable }) {
    if (name === undefined && how === undefined && reachable === undefined) {
      const wayOut = 'Give name, how, or reachable';
      throw invalidInput('name', undefined, 'there is nothing to change', wayOut);
    }
    const changes = {
      ...(name === undefined ? {} : { name }),
      ...(how === undefined ? {} : { how }),
      ...(reachable === undefined ? {} : { reachable: reachable === 'yes' }),
    };
    const changed = await decided(context, 'contacts', (draft) => {
      modifyContact(draft, id, changes);
      return id;
    });
    return viewContact(changed);
  },
});

export const RemoveContact = defineAction({
  name: 'RemoveContact',
  method: 'DELETE',
  path: '/v1/contacts/:contact',
  summary: 'Remove a contact.',
  cli: { command: 'contact remove', positional: ['contact'] },
  input: Type.Object({ contact }),
  output: contactView,
  async run(context, { contact: id }) {
    const removed = await decided(context, 'contacts', (draft) => {
      removeContact(draft, id);
      return id;
    });
    return viewContact(removed);
  },
});
