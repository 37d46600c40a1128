// What CasparCG and SPX hand to update(): one string, JSON or templateData XML, or an object.

// Raises SyntaxError where it is neither.
export function dataOf(given) {
  if (given && typeof given === "object") return given;
  const text = String(given === undefined || given === null ? "" : given).trim();
  if (text === "") return {};
  return text[0] === "<" ? fromXml(text) : JSON.parse(text);
}

// <templateData><componentData id="unit"><data id="text" value="…"/></componentData></templateData>
function fromXml(text) {
  const tree = new DOMParser().parseFromString(text, "text/xml");
  if (tree.querySelector("parsererror")) throw new SyntaxError("update: broken templateData");
  const values = {};
  tree.querySelectorAll("componentData").forEach((component) => {
    const data = component.querySelector('data[id="text"]') || component.querySelector("data");
    if (data) values[component.getAttribute("id")] = data.getAttribute("value") || "";
  });
  return values;
}
