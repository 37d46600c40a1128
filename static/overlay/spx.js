// What SPX asks of a template. Made from fields.js by tests/static/made.mjs.

window.SPXGCTemplateDefinition = {
  "description": "livevote",
  "playserver": "OVERLAY",
  "playchannel": "1",
  "playlayer": "10",
  "webplayout": "10",
  "out": "manual",
  "dataformat": "json",
  "steps": "1",
  "uicolor": "2",
  "DataFields": [
    {
      "field": "link",
      "title": "Overlay link of livevote (empty: draw the values below)",
      "value": "",
      "ftype": "textfield"
    },
    {
      "field": "graphic",
      "title": "Graphic (programme: what the director takes)",
      "value": "programme",
      "ftype": "dropdown",
      "items": [
        {
          "text": "programme",
          "value": "programme"
        },
        {
          "text": "bar",
          "value": "bar"
        },
        {
          "text": "result",
          "value": "result"
        },
        {
          "text": "board",
          "value": "board"
        },
        {
          "text": "countdown",
          "value": "countdown"
        },
        {
          "text": "call",
          "value": "call"
        },
        {
          "text": "side",
          "value": "side"
        },
        {
          "text": "pledge",
          "value": "pledge"
        },
        {
          "text": "question",
          "value": "question"
        },
        {
          "text": "lookback",
          "value": "lookback"
        },
        {
          "text": "delivery",
          "value": "delivery"
        }
      ]
    },
    {
      "field": "language",
      "title": "Language",
      "value": "zh",
      "ftype": "dropdown",
      "items": [
        {
          "text": "zh",
          "value": "zh"
        },
        {
          "text": "en",
          "value": "en"
        },
        {
          "text": "both",
          "value": "both"
        }
      ]
    },
    {
      "field": "show",
      "title": "Programme or preview",
      "value": "programme",
      "ftype": "dropdown",
      "items": [
        {
          "text": "programme",
          "value": "programme"
        },
        {
          "text": "preview",
          "value": "preview"
        }
      ]
    },
    {
      "field": "unit",
      "title": "Unit (empty: livevote's)",
      "value": "",
      "ftype": "textfield"
    },
    {
      "field": "post",
      "title": "Post (empty: livevote's)",
      "value": "",
      "ftype": "textfield"
    },
    {
      "field": "pledge",
      "title": "Pledge (empty: livevote's)",
      "value": "",
      "ftype": "textfield"
    },
    {
      "field": "phase",
      "title": "Phase, without a link",
      "value": "open",
      "ftype": "dropdown",
      "items": [
        {
          "text": "armed",
          "value": "armed"
        },
        {
          "text": "open",
          "value": "open"
        },
        {
          "text": "paused",
          "value": "paused"
        },
        {
          "text": "closing",
          "value": "closing"
        },
        {
          "text": "closed",
          "value": "closed"
        },
        {
          "text": "verified",
          "value": "verified"
        },
        {
          "text": "revealed",
          "value": "revealed"
        }
      ]
    },
    {
      "field": "figure",
      "title": "Figure in points, without a link",
      "value": "",
      "ftype": "textfield"
    },
    {
      "field": "n",
      "title": "Voted, without a link",
      "value": "0",
      "ftype": "number"
    },
    {
      "field": "N",
      "title": "Eligible, without a link (0: viewers)",
      "value": "0",
      "ftype": "number"
    },
    {
      "field": "countdown_s",
      "title": "Seconds to the close, without a link",
      "value": "0",
      "ftype": "number"
    },
    {
      "field": "address",
      "title": "Address for viewers, without a link and N",
      "value": "",
      "ftype": "textfield"
    }
  ]
};
