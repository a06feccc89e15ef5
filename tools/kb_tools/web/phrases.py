"""What pages say when they are not what was asked for, in English and Chinese."""

from __future__ import annotations

import re

# Titles are matched part by part and each part as a whole: an article *about* such pages says more.
_PARTS = re.compile(
    r"\s*[|｜–—•·»«_:：]\s*|\s+-+\s+|-(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])-|(?<=[^\x00-\x7f])\s+"
)
_THING = (
    r"(?:page|file|url|resource|document|article|content|post|item|product|app|video|link|entry)"
)
_ASKED = (
    r"(?: (?:that )?you(?:'re| are| were| have)? (?:\w+ )?(?:requested|looking for|wanted|view))?"
)
_ZH_THING = (
    "(?:[页頁]面?|[网網][页頁址]|文章|[内內]容|[链鏈鍊][接結]|[资資]源|文件|帖子|[问問][题題]|商品|"
    "[视視][频頻]|地址|主[题題]|回答|目[标標])"
)
_ZH_LOST = (
    "(?:不存在|未找到|找不到|[没沒]有找到|[无無]法找到|(?:已|已[经經])?被?(?:[删刪]除|移除|下架|下[线線])|"
    "走[丢丟]了?|[丢丟]失了?|不[见見]了?|迷路了|[无無]法[访訪][问問]|已失效|已[过過]期)"
)
_ZH_ASKED = (
    "(?:抱歉|[对對]不起|很抱歉|非常抱歉|哎呀|糟糕)?[，,！!。 ]*[您你]?(?:所|要|想要?)?"
    "(?:[访訪][问問]|查看|[请請]求|查找|[寻尋]找|[浏瀏][览覽]|找)?的?(?:[该該]|此|[这這][个個])?"
)
_NOT_FOUND = (
    r"(?:oops|sorry|whoops)?\W*(?:http |error |status )*404(?: error| page)*\W*"
    rf"(?:(?:the )?{_THING}? ?not found)?",
    rf"(?:oops|sorry|whoops)?\W*(?:(?:the|this|that|your|requested|web) ?)*{_THING}?{_ASKED}"
    r" ?(?:was|is|could|can|has|does)? ?(?:not|cannot|can['’]t|couldn['’]t|doesn['’]t|isn['’]t"
    r"|wasn['’]t|no longer)(?: be)? (?:found|exists?|available)\W*",
    rf"(?:(?:the|this|that|requested) )*{_THING} (?:was|is|has been) (?:removed|deleted|gone)\W*",
    rf"{_ZH_ASKED}{_ZH_THING}(?:可能)?{_ZH_LOST}(?:或(?:者)?{_ZH_LOST})?[了啦哦]?[！!。~…]*",
    rf"(?:抱歉|[对對]不起)?[，,！! ]*(?:找不到|未找到|[没沒]有找到|[无無]法找到)"
    rf"(?:[该該]|此|[您你]?(?:要|所)?(?:[访訪][问問]|[请請]求|查找)?的|相[关關])?{_ZH_THING}[！!。]*",
    "404 ?(?:[页頁]面?|[错錯][误誤])?|(?:[页頁]面|[网網][页頁])?404",
)
_CHALLENGE = (
    r"just a moment\W*",
    r"attention required\W*",
    r"(?:checking|verifying) (?:your|if the site).*",
    r"(?:please )?(?:verify|confirm) (?:that )?you(?:'re| are) (?:a )?(?:human|not a robot).*",
    r"are you (?:a )?(?:robot|human)\W*",
    r"(?:security|robot|bot) (?:check|verification|challenge)\W*",
    r"human verification\W*|access denied\W*|captcha\W*|ddos.guard\W*",
    ".{0,8}(?:安全|人[机機]|[访訪][问問]|滑[动動]|身份)[验驗][证證](?:中心)?|[验驗][证證][码碼]|[请請]稍[候等]",
    ".{0,8}(?:[访訪][问問]受限|[访訪][问問]被拒[绝絕]|拒[绝絕][访訪][问問]|[异異]常(?:[访訪][问問]|流量))",
)
_GEO = re.compile(
    r"(?:not|isn['’]t|unavailable)(?: currently)?(?: available| supported)? (?:in|from|for) your"
    r" (?:country|region|location|area)|(?:country|region)(?: is|,)? (?:not|un)\W?supported"
    r"|unsupported (?:country|region)|"
    "[您你]所在的?(?:[国國]家|地[区區])|(?:[国國]家|地[区區])[^。]{0,6}(?:不支持|不可用|[无無]法使用)",
    re.IGNORECASE,
)
_PARKED = re.compile(
    r"\b(?:domain|website|name)(?: name)?(?: is| may be)?(?: now)? "
    r"(?:for sale|parked|available for (?:purchase|sale))|buy this domain|parked (?:domain|free)|"
    r"this domain (?:has )?(?:been )?(?:registered|expired|parked)|"
    "域名(?:正在|可|可以|[现現]已)?(?:出售|[转轉][让讓]|[过過]期|停放)|"
    "(?:出售|[购購][买買])(?:此|[该該]|本)域名",
    re.IGNORECASE,
)
_PARKING_HOSTS = re.compile(
    r"(?:^|[./])(?:sedoparking|parkingcrew|bodis|parklogic|above|afternic|hugedomains|dan|sedo|"
    r"parking\w*|domainmarket|undeveloped|uniregistry|cashparking|skenzo)\.(?:com|net|org)(?:[:/]|$)",
    re.IGNORECASE,
)


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_NOT_FOUND_PART, _CHALLENGE_PART = _any(_NOT_FOUND), _any(_CHALLENGE)


def _says(pattern: re.Pattern[str], text: str) -> bool:
    parts = [text, *_PARTS.split(text)]
    return any(pattern.fullmatch(part.strip()) for part in parts if part.strip())


def not_found(text: str) -> bool:
    """Whether a title or heading says that the page is not there."""
    return _says(_NOT_FOUND_PART, text)


def challenge(text: str) -> bool:
    """Whether a title or heading asks the reader to prove that they are no robot."""
    return _says(_CHALLENGE_PART, text)


def geo_blocked(text: str) -> bool:
    """Whether a text says that the reader's country is not served."""
    return bool(_GEO.search(text))


def parked(text: str) -> bool:
    """Whether a text offers its own domain for sale."""
    return bool(_PARKED.search(text))


def parking_address(url: str) -> bool:
    """Whether an address belongs to a domain-parking service."""
    return bool(_PARKING_HOSTS.search(url.split("?", 1)[0]))
