"""What people do on the desk, step by step, for the tests in a browser."""


def leave(page):
    # What is still loading would be sent to the login page, and come back with a cookie.
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def sign_in(page, user):
    leave(page)
    page.goto("/en/admin/login/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "a-long-test-password")
    page.click("input[type=submit]")


def unfold(page, kind):
    page.click(f"#{kind}-heading")


def accept_all(page, kind):
    """From the episode's form to the list of what is undecided, and back."""
    page.click(f".desk-left a.undecided[href*='/{kind}/']")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "accept_selected")
    page.click("button[name=index]")
    page.click("text=Back to the episode")
