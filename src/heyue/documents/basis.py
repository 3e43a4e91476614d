"""The articles that a paper cites (法律依据), worded shortly after their published text and dated.

A paper takes its articles as facts, so that an old one is printed again under the law of its day.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Basis:
    """One article (empty for the whole act), what it says, and from when it holds."""

    act: str
    article: str
    says: str
    effective_from: date


_CARDS = "《商业银行信用卡业务监督管理办法》（中国银行业监督管理委员会令2011年第2号）"

NEGOTIATION = Basis(
    _CARDS,
    "第七十条",
    "信用卡欠款金额超出持卡人还款能力、且持卡人仍有还款意愿的，发卡银行可以与持卡人平等协商，达成个性化分期还款协议；"
    "协议的最长期限不得超过5年。",
    date(2011, 1, 13),
)
COLLECTION_STOPS = Basis(
    _CARDS,
    "第七十条",
    "双方达成一致意见并签署分期还款协议的，发卡银行及其发卡业务服务机构应当停止对该持卡人的催收，"
    "持卡人不履行分期还款协议的情况除外。",
    date(2011, 1, 13),
)
FAIR_COLLECTION = Basis(
    _CARDS,
    "第六十八条",
    "催收时不得对与债务无关的第三人催收，不得采用暴力、胁迫、恐吓或辱骂等不当方式；催收过程应当录音。",
    date(2011, 1, 13),
)
NO_INTEREST_ON_FEES = Basis(
    "《中国人民银行关于信用卡业务有关事项的通知》（银发〔2016〕111号）",
    "",
    "对违约金、年费、取现手续费等服务费用不得计收利息。",
    date(2017, 1, 1),
)
ANNUALISED_RATE = Basis(
    "中国人民银行公告〔2021〕第3号",
    "",
    "贷款产品应当明示年化利率；分期的息费按内部收益率（IRR）方法折算为年化利率。",
    date(2021, 3, 31),
)
INSTALMENT_INTEREST_SHOWN = Basis(
    "《关于进一步促进信用卡业务规范健康发展的通知》（银保监规〔2022〕13号）",
    "",
    "分期业务的利息应当在首页以明显方式展示；分期期限不得超过5年。",
    date(2022, 7, 7),
)
SENSITIVE_DATA = Basis(
    "《中华人民共和国个人信息保护法》",
    "第二十八条、第二十九条",
    "金融账户、医疗健康等敏感个人信息，应当有特定目的和充分必要性、采取严格保护措施，并取得个人的单独同意。",
    date(2021, 11, 1),
)
RELIABLE_SIGNATURE = Basis(
    "《中华人民共和国电子签名法》",
    "第十三条",
    "电子签名制作数据专属于签名人并由其控制，签署后对签名和文件的任何改动能够被发现的，视为可靠的电子签名。",
    date(2005, 4, 1),
)
CREDIT_RECORDS = Basis(
    "《征信业管理条例》",
    "第十六条、第二十五条",
    "不良信息自不良行为或事件终止之日起保存5年；信息主体对错误、遗漏有权提出异议，应当在20日内核查、处理并书面答复。",
    date(2013, 3, 15),
)

FOR_AN_APPLICATION = (
    NEGOTIATION,
    COLLECTION_STOPS,
    FAIR_COLLECTION,
    NO_INTEREST_ON_FEES,
    ANNUALISED_RATE,
    INSTALMENT_INTEREST_SHOWN,
    SENSITIVE_DATA,
)
FOR_AN_AGREEMENT = (
    NEGOTIATION,
    COLLECTION_STOPS,
    NO_INTEREST_ON_FEES,
    ANNUALISED_RATE,
    CREDIT_RECORDS,
    RELIABLE_SIGNATURE,
)


def basis_facts(basis: tuple[Basis, ...]) -> list[dict[str, str]]:
    """Write the articles as the templates want them."""
    return [{"act": it.act, "article": it.article, "says": it.says} for it in basis]
