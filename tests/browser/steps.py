"""Steps of users on the desk, for browser tests."""


def leave(page):
    # Requests still loading would be redirected to the login page, which sets a cookie.
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def sign_in(page, user):
    leave(page)
    page.goto("/en/admin/login/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "a-long-test-password")
    page.click("input[type=submit]")


def accept_all(page, kind):
    """Go from the episode form to the list of undecided rows, accept them, and return."""
    page.click(f".desk-counts a.undecided[href*='/{kind}/']")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "accept_selected")
    page.click("button[name=index]")
    page.click("text=Back to the episode")
