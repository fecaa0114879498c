/** Where the simulator wants its token: asked for once, kept until the tab is closed. */
import { useState } from 'preact/hooks';
import { token } from '../api/api.js';
import { useLive } from '../live/use-live.js';
import { Sign } from './sign.js';

export function Login() {
  const live = useLive();
  const [value, setValue] = useState('');
  const wasWrong = token.get() !== '';
  return (
    <main class="alone">
      <form
        class="card login"
        onSubmit={(event) => {
          event.preventDefault();
          live.logIn(value);
        }}
      >
        <h1>
          <Sign name="frost" /> Frostgate
        </h1>
        <label for="token">This simulator wants its token.</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          required
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
          aria-describedby="token-help"
        />
        <p id="token-help" class="quiet">
          It stands in the file “token” of the data directory, or in FROSTGATE_TOKEN. It is kept
          until this tab is closed.
        </p>
        {wasWrong && <p role="alert">That is not the token.</p>}
        <button type="submit" class="strong">
          Show me
        </button>
      </form>
    </main>
  );
}
