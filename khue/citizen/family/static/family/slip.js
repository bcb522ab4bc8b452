/* The QR code on a slip leads here with the code after #, which no server log sees: put it into its field. */
(function () {
  'use strict';
  var field = document.getElementById('id_code'), code = decodeURIComponent(location.hash.slice(1));
  if (!field || !/^[0-9A-Za-z-]{12,20}$/.test(code)) return;
  field.value = code;
  history.replaceState(null, '', location.pathname + location.search);
  var next = document.getElementById('id_datum');
  if (next) next.focus();
})();
