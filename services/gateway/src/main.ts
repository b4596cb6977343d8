import { runService } from '@anaquel/runtime';
import { readConfig } from './config.ts';
import { createService } from './service.ts';

runService({
  name: 'gateway',
  async start() {
    const service = await createService(readConfig(process.env, process.cwd()));
    return { address: await service.listen(), close: service.close };
  },
});
