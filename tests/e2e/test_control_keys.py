"""A producer makes a control key in a real browser, a panel presses with it, and it is revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from livevote.audience import fetch
from tests.e2e.conftest import PASSWORD, Open, Server, accessible


def test_a_key_is_made_shown_once_pressed_and_revoked(
    browser: Browser, server: Server, open_page: Open, snap: Callable[..., None]
) -> None:
    context = browser.new_context(locale="zh-CN")
    claim = {"token": server.first_link.partition("#")[2], "password": PASSWORD}
    assert context.request.post(
        f"{server.url}/api/claim", data=claim, headers={"origin": server.url}
    ).ok
    page = open_page("/producer#people", context=context)
    expect(page.get_by_text("还没有密钥。")).to_be_visible()

    make = page.get_by_role("button", name="新建密钥")
    make.click()
    expect(page.get_by_text("请填写名称。")).to_be_visible()
    page.locator("#new-key").fill("导播台")
    blank = page.get_by_role("checkbox", name=re.compile("blank"))
    expect(blank).to_be_checked()
    expect(page.get_by_role("checkbox", name=re.compile("reveal"))).not_to_be_checked()
    make.click()
    shown = page.get_by_label("导播台 的密钥")
    expect(shown).to_be_visible()
    token = shown.input_value()
    accessible(page)
    snap(page, "producer-control-keys")

    show = context.request.post(
        f"{server.url}/api/shows", data={"name": {"zh": "问政"}}, headers={"origin": server.url}
    ).json()["id"]
    made = {"show": show, "title": {"zh": "问政"}}
    headers = {"origin": server.url}
    episode = context.request.post(f"{server.url}/api/episodes", data=made, headers=headers)
    on = {"episode": episode.json()["id"]}
    assert context.request.post(f"{server.url}/api/on", data=on, headers=headers).ok
    fetch(server.url, "POST", f"/control/{token}/blank", {}, "")
    assert fetch(server.url, "GET", "/data/current.json", None, "")["blanked"] is True

    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="导播台")).to_be_visible()
    assert token not in page.content()
    hold(page, "按住：吊销")
    expect(page.get_by_text("还没有密钥。")).to_be_visible()
    context.close()


def hold(page: Page, name: str) -> None:
    """Until the page has done it."""
    button = page.get_by_role("button", name=name)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    expect(button).to_have_count(0)
    page.mouse.up()
