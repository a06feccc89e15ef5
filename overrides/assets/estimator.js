// API cost estimator: fills the form that the page brings along; prices come with the page, nothing is fetched.
"use strict";

const PER = 1_000_000;

/** As the page writes amounts: two decimals at least, more where the amount is small. */
const cost = (amount) => {
  const [whole, decimals = ""] = amount.toFixed(10).replace(/0+$/, "").split(".");
  return `${Number(whole).toLocaleString("en-US")}.${decimals.padEnd(2, "0")}`;
};

const fill = (line, values) => line.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** The arithmetic line by line; `text` has the lines, the numbers are plain. */
const lines = (text, { requests, inputTokens, outputTokens, inputPrice, outputPrice }) => {
  const grouped = (number) => number.toLocaleString("en-US");
  const input = (inputTokens * inputPrice) / PER;
  const output = (outputTokens * outputPrice) / PER;
  const each = input + output;
  return [
    fill(text.inputLine, { tokens: grouped(inputTokens), price: cost(inputPrice), cost: cost(input) }),
    fill(text.outputLine, { tokens: grouped(outputTokens), price: cost(outputPrice), cost: cost(output) }),
    fill(text.requestLine, { input: cost(input), output: cost(output), cost: cost(each) }),
    fill(text.totalLine, { requests: grouped(requests), each: cost(each), cost: cost(requests * each) }),
  ];
};

const start = (form) => {
  const { elements, dataset: text } = form;
  const result = form.querySelector("output");
  const prices = ["input-price", "output-price"].map((name) => elements[name]);

  const show = () => {
    const fields = [...form.querySelectorAll("input")];
    if (!fields.every((field) => field.value !== "" && field.validity.valid)) {
      result.textContent = text.invalid;
      return;
    }
    const number = (name) => elements[name].valueAsNumber;
    const shown = lines(text, {
      requests: number("requests"),
      inputTokens: number("input-tokens"),
      outputTokens: number("output-tokens"),
      inputPrice: number("input-price"),
      outputPrice: number("output-price"),
    });
    if (text.limit && number("input-tokens") > Number(text.limit)) shown.push(text.long);
    result.replaceChildren(...shown.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  };

  const choose = () => {
    const { input, output } = elements.model.selectedOptions[0].dataset;
    if (input) [prices[0].value, prices[1].value] = [input, output];
    show();
  };

  elements.model.addEventListener("change", choose);
  // A price typed by the reader is no longer that of the model.
  for (const price of prices) price.addEventListener("input", () => { elements.model.value = ""; });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  choose();
};

for (const form of globalThis.document?.querySelectorAll("form.kb-estimator") ?? []) start(form);
