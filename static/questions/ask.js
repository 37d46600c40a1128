// What the form does better with a script: photos are made small before they travel, work is done
// where the server asks for it, and a second press does not send twice. Without it the form works
// as it is (unless work is asked, and then the page says so).

import { api } from "../shared/api.js";

const SIDE_MAX = 1600;
const QUALITY = 0.85;
// What is small already travels as it is; the server draws it anew in any case.
const SMALL_BYTES = 500000;

const form = document.querySelector("form.ask");
const said = form.querySelector(".sending");
const button = form.querySelector("button");
let sending = false;

// The first thing that is wrong gets the focus; a screen reader then reads why.
const wrong = form.querySelector('[aria-invalid="true"]');
if (wrong) (wrong.matches("fieldset") ? wrong.querySelector("input") : wrong).focus();

async function smaller(file) {
  if (file.size <= SMALL_BYTES || !window.createImageBitmap) return file;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
}

// A picture that this browser cannot read goes as it is: the server says what is wrong with it.
async function shrinkPhotos() {
  const input = form.elements.photos;
  if (!window.DataTransfer) return;
  const kept = new DataTransfer();
  for (const file of input.files) kept.items.add(await smaller(file).catch(() => file));
  input.files = kept.files;
}

async function work() {
  const challenge = await api("GET", "/api/questions/challenge");
  const worker = new Worker("/static/vote/solve.js");
  const solution = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage(challenge.parameters);
  }).finally(() => worker.terminate());
  const field = form.elements.altcha || form.appendChild(document.createElement("input"));
  Object.assign(field, { type: "hidden", name: "altcha", value: btoa(JSON.stringify({ challenge, solution })) });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) return;
  sending = true;
  button.setAttribute("aria-disabled", "true");
  said.textContent = form.dataset.sending;
  await shrinkPhotos();
  if ("work" in form.dataset) {
    said.textContent = form.dataset.working;
    await work().catch(() => {});
    said.textContent = form.dataset.sending;
  }
  form.submit();
});

// Back from the next page, by the browser's own key: the form can be sent again.
addEventListener("pageshow", () => {
  sending = false;
  button.removeAttribute("aria-disabled");
  said.textContent = "";
});
