// The functions that CasparCG and SPX call on a page. A plain script, there before the modules are:
// what is called early waits for them. Uses nothing but the language, because SPX runs it without a
// browser to read the template's definition.

(function () {
  var NAMES = ["update", "play", "next", "stop", "remove"];
  var EARLY_MAX = 100;
  // CasparCG's own remove() takes the page away; it is called when the picture has left.
  var hosts_remove = typeof window.remove === "function" ? window.remove : null;
  var calls = null;
  var early = [];

  function call(name, given) {
    if (calls) calls[name](given);
    else if (early.length < EARLY_MAX) early.push([name, given]);
  }

  NAMES.forEach(function (name) {
    if (name === "remove" && hosts_remove) return;
    window[name] = function (given) { call(name, given); };
  });

  window.livevoteHost = {
    // The module is here.
    play: function (functions) {
      calls = functions;
      early.splice(0).forEach(function (one) { call(one[0], one[1]); });
    },
    // The picture has left.
    gone: function () { if (hosts_remove) hosts_remove(); },
  };
})();
