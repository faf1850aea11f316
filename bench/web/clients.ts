// The clients, in a process of their own, so that what they do does not hold up the application: started with the address
// of the application, how many there are, and for how many milliseconds they go on.

await import("../library.ts");
const [url = "", clients = "", milliseconds = ""] = process.argv.slice(2);
const { askMuch } = await import("../../test/contract/integrations/load.ts");
const end = performance.now() + Number(milliseconds);
const outcomes = await askMuch(url, { clients: Number(clients), goesOn: () => performance.now() < end });
process.send?.([...outcomes], () => process.disconnect());
