// What a person is told to run. Which of the two it is, the person knows better than the process.

/** Brings a service's database to what the code knows, or takes its last migration back. */
export function migrateCommand(step: 'up' | 'down', service: string): string {
  const inContainers = `docker compose run --rm ${service} migrate ${step}`;
  return `npm run migrate -- ${step} ${service} (in containers: ${inContainers})`;
}

/** Who makes a secret that is missing. */
export const SECRET_MAKERS =
  'npm start makes it by itself; in containers: docker compose run --rm make-secrets';
