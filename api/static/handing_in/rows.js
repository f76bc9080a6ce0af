// A file of rows is looked at as if it had been pasted.
const MOST = 4 << 20;
const form = document.getElementById("many-form"), rows = document.getElementById("rows"), name = document.getElementById("catalog");

export async function lookAtRows(file) {
  rows.setCustomValidity(file.size > MOST ? `${file.name} has more than 4 MB: send it to POST /v1/catalogs, which takes any number of titles.` : "");
  if (file.size <= MOST) {
    rows.value = await file.text();
    name.value ||= file.name.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  }
  form.reportValidity() && form.requestSubmit();
}
rows.addEventListener("input", () => rows.setCustomValidity(""));
