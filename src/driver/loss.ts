/** Whether a connection is known to be gone. */
export interface Loss {
  lost: boolean;
}

/** Notes when a package's connection fails or ends; without a listener one that dies while idle would end the process. */
export function watchLoss(connection: {
  on(event: "error" | "end", listener: (error?: unknown) => void): unknown;
}): Loss {
  const loss: Loss = { lost: false };
  const lose = (): void => {
    loss.lost = true;
  };
  connection.on("error", lose);
  connection.on("end", lose);
  return loss;
}
