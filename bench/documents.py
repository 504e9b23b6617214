"""Composed documents for those who only draw: they get the HTML for nothing."""

from collections.abc import Iterable

from bench.cases import NOW_US, Case
from renderer.compose.composer import Composer
from renderer.jail import Jail
from renderer.request import Environment, TemplateSource

__all__ = ["Documents"]


class Documents:
    """HTML by case and number, made before the clock runs, forgotten when `forget` is called."""

    def __init__(self) -> None:
        self._jail = Jail()
        self._composer = Composer(self._jail)
        self._made: dict[tuple[str, int], str] = {}

    async def start(self) -> None:
        """Start the jail that composes."""
        await self._jail.start()

    async def prepare(self, case: Case, numbers: Iterable[int]) -> None:
        """Compose what is not there yet."""
        for number in numbers:
            if (case.name, number) not in self._made:
                job = case.job(number)
                source = TemplateSource(job.source, job.variables)
                html = await self._composer.compose(source, Environment(NOW_US))
                self._made[case.name, number] = html

    def html(self, case: Case, number: int) -> str:
        """The page, which names its files."""
        return self._made[case.name, number]

    def whole(self, case: Case, number: int) -> str:
        """The page with its script files written into it, for those who take one text."""
        html = self.html(case, number)
        for name, content in case.job(number).files.items():
            text = content.decode().replace("</script", "<\\/script")
            html = html.replace(f'<script src="{name}">', f"<script>{text}", 1)
        return html

    def forget(self) -> None:
        """Free the memory of documents that nobody will ask for again."""
        self._made.clear()

    async def close(self) -> None:
        """End the jail."""
        await self._jail.close()
