"""The first command that anybody types."""


def everything_below(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


def test_the_demo_needs_nothing_and_leaves_nothing(world):
    temporary = world.home.parent / "tmp"

    told = world.run("demo").ends_with(0)

    assert "$ ubihook create webhook-1" in told.out, told
    assert "$ ubihook delete webhook-1" in told.out, told
    assert everything_below(world.home) == []
    assert everything_below(temporary) == []


def test_the_demo_needs_no_home_at_all(world):
    world.unset("HOME")
    world.run("demo").ends_with(0)
    assert everything_below(world.home) == []
