# SPDX-License-Identifier: Apache-2.0
"""Column names in other languages become the English words that the table of synonyms knows.

in_english(["验证损失"]) == ["val", "loss"]        in_english(["validierungsverlust"]) == ["val", "loss"]

Only words that are certain stand here: "精度" and "precisión" are accuracy to some and precision to others.
"""

import re
from unicodedata import normalize

_CHINESE = {
    "训练集": "train",
    "训练": "train",
    "訓練集": "train",
    "訓練": "train",
    "验证集": "val",
    "验证": "val",
    "驗證集": "val",
    "驗證": "val",
    "测试集": "test",
    "测试": "test",
    "測試集": "test",
    "測試": "test",
    "损失值": "loss",
    "损失": "loss",
    "損失值": "loss",
    "損失": "loss",
    "准确率": "accuracy",
    "準確率": "accuracy",
    "轮次": "epoch",
    "輪次": "epoch",
    "步数": "step",
    "步數": "step",
    "迭代": "iteration",
    "精确率": "precision",
    "召回率": "recall",
    "周期": "epoch",
    "週期": "epoch",
    "学习率": "lr",
    "學習率": "lr",
}
_JAPANESE = {
    "検証": "val",
    "訓練": "train",
    "損失": "loss",
    "誤差": "error",
    "適合率": "precision",
    "再現率": "recall",
    "反復": "iteration",
    "テスト": "test",
    "正解率": "accuracy",
    "エポック": "epoch",
    "ステップ": "step",
    "学習率": "lr",
    "学習": "train",
}
_KOREAN = {
    "훈련": "train",
    "학습률": "lr",
    "학습": "train",
    "검증": "val",
    "테스트": "test",
    "손실": "loss",
    "정확도": "accuracy",
    "에포크": "epoch",
    "에폭": "epoch",
    "스텝": "step",
    "단계": "step",
    "반복": "iteration",
    "오차": "error",
    "정밀도": "precision",
    "재현율": "recall",
    "세대": "epoch",
}
_GERMAN = {
    "trainings": "train",
    "validierung": "val",
    "validierungs": "val",
    "verlust": "loss",
    "genauigkeit": "accuracy",
    "trainingsverlust": "train loss",
    "validierungsverlust": "val loss",
    "trainingsgenauigkeit": "train accuracy",
    "validierungsgenauigkeit": "val accuracy",
    "epoche": "epoch",
    "epochen": "epoch",
    "schritt": "step",
    "schritte": "step",
    "validierungsfehler": "val error",
    "trainingsfehler": "train error",
    "fehler": "error",
    "testverlust": "test loss",
    "testgenauigkeit": "test accuracy",
    "lernrate": "lr",
}
_SPANISH = {
    "entrenamiento": "train",
    "validación": "val",
    "validacion": "val",
    "prueba": "test",
    "pérdida": "loss",
    "perdida": "loss",
    "exactitud": "accuracy",
    "época": "epoch",
    "epoca": "epoch",
    "épocas": "epoch",
    "epocas": "epoch",
    "paso": "step",
    "aprendizaje": "learning",
}
_JOINING = frozenset({"de", "del", "en", "la"})  # between Spanish words: "pérdida de validación"

# Chinese, Japanese and Korean set no spaces between words, so theirs are found anywhere, the longest first.
_UNSPACED = {**_CHINESE, **_JAPANESE, **_KOREAN}
_ANYWHERE = re.compile("|".join(sorted(_UNSPACED, key=len, reverse=True)))
_SPACED = {**_GERMAN, **_SPANISH}


def in_english(words: list[str]) -> list[str]:
    """Translate lower-case words; those that are in no table stay as they are."""
    found: list[str] = []
    spanish = not _SPANISH.keys().isdisjoint(words)
    for word in words:
        if spanish and word in _JOINING:
            continue
        known = _SPACED.get(word)
        if known is None and not word.isascii():
            known = _ANYWHERE.sub(lambda match: f" {_UNSPACED[match.group()]} ", word)
        found += (known or word).split()
    return found


def translated(text: str) -> int:
    """How many words of other languages in the text are known, as letters: to tell encodings apart."""
    spaced = re.findall(r"[^\W\d_]+", text.lower())
    return sum(map(len, _ANYWHERE.findall(text))) + sum(
        len(word) for word in spaced if not word.isascii() and word in _SPACED
    )


def composed(name: str) -> str:
    """The name with its accents in one piece, full-width letters as plain ones."""
    return name if name.isascii() else normalize("NFKC", name)
