/** Before all tests: the command line and the data plane's thread run what was built, so it must be what the sources are now. */
import { ensureBuilt } from './built.js';

export default ensureBuilt;
