/** For testcontainers: the simulator as a container beside an application, and what a test has of it. */
import { randomBytes } from 'node:crypto';
import {
  AbstractStartedContainer,
  GenericContainer,
  Wait,
  type StartedTestContainer,
} from 'testcontainers';
import type { ClientConfig } from '../config.js';
import { VERSION } from '../version.js';
import { startFrostgate, type Frostgate } from './frostgate.js';

const API_PORT = 7480;
/** Endpoints of instances in the container: as many instances as it may have. */
const FIRST_PORT = 6400;
const PORTS = 10;

export class FrostgateContainer extends GenericContainer {
  readonly #token = randomBytes(16).toString('hex');

  /** The image that the Dockerfile of the repository makes: `docker build -t frostgate .` */
  constructor(image = `frostgate:${VERSION}`) {
    super(image);
    this.withExposedPorts(API_PORT, ...Array.from({ length: PORTS }, (_, at) => FIRST_PORT + at))
      .withEnvironment({ FROSTGATE_TOKEN: this.#token, FROSTGATE_RATE: '0' })
      .withCommand(['up'])
      .withWaitStrategy(Wait.forHttp('/v1/health', API_PORT).forStatusCode(200));
  }

  override async start(): Promise<StartedFrostgateContainer> {
    return new StartedFrostgateContainer(await super.start(), this.#token);
  }
}

export class StartedFrostgateContainer extends AbstractStartedContainer {
  constructor(
    started: StartedTestContainer,
    private readonly token: string,
  ) {
    super(started);
  }

  /** Where its API is for this machine. */
  get api(): ClientConfig {
    const port = String(this.getMappedPort(API_PORT));
    return { url: `http://${this.getHost()}:${port}`, token: this.token };
  }

  /** A simulator as `frostgate/testing` has it; its instances are reached with `urlOf`. */
  frostgate(): Promise<Frostgate> {
    return startFrostgate({ join: this.api });
  }

  /** Where an instance of it is for this machine. In the network of the container it is the container's name, and the instance's port. */
  urlOf({ port }: { readonly port: number }): string {
    return `redis://${this.getHost()}:${String(this.getMappedPort(port))}`;
  }
}
