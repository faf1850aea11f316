import type { RequestScope } from "../core/index.ts";

interface WithBody {
  readonly status: number;
  readonly statusText: string;
  readonly headers: object;
  readonly body: object | null;
}

/** The response, with a body whose end waits for the commit; a commit that fails breaks it off. */
export function settleAtEnd<R extends WithBody>(response: R, scope: RequestScope): R {
  const { status, statusText, headers } = response;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await scope.run(() => reader.read());
        if (!done) return controller.enqueue(value);
        await scope.settle(status);
        controller.close();
      } catch (error) {
        await scope.rollback();
        controller.error(error);
      }
    },
    async cancel(reason) {
      await scope.cutOff();
      await reader.cancel(reason);
    },
  });
  return new Response(body, { status, statusText, headers: headers as Headers }) as unknown as R;
}
