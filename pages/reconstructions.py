"""Test images, what the model makes of them, and where the two differ."""

import streamlit as st

from pages.parts import beside, columns, frame, likelihood, models, own, scores, spread
from pages.parts.columns import Answer
from pages.parts.pickers import check_url, whole_number
from vae import latent
from vae.data import test_images_seen
from vae.names import label
from vae.report import SEEN_AS

FIRST, RANDOM, BEST, WORST, COLLAPSE = "first", "random", "best", "worst", "nearest to collapse"
ORDERS = [FIRST, RANDOM, BEST, WORST, COLLAPSE]
SAMPLE, MEAN = "a sample", "the mean"

record = frame.page(
    "pages/reconstructions.py",
    "Test images go through the model and come back. The closer the copy, the more the codes say about the image.",
)
run, step = models.pick(
    record, "No model to look at yet. Train one; it takes about ten seconds, and its reconstructions appear here."
)
labels = models.labels(run)

check_url("count", whole_number(4, 40), "a whole number from 4 to 40")
check_url("which", ORDERS.__contains__, "one of " + ", ".join(ORDERS))
check_url("draw", whole_number(0, 999_999), "a whole number from 0 to 999999")
check_url("decode", (SAMPLE, MEAN).__contains__, f"{SAMPLE} or {MEAN}")
with st.grid(3, min_column_width=170):
    count = st.slider("How many", 4, 40, 16, key="count", bind="query-params", help="How many test images are shown.")
    which = st.segmented_control(
        "Which test images",
        ORDERS,
        default=FIRST,
        required=True,
        key="which",
        wrap=True,
        bind="query-params",
        help="The first ones of the test set, a random draw, or of the first 1,000 those that come back with the least "
        "or the most error, or whose reconstruction is most like the mean image. "
        f"The model was trained on {'them, too' if test_images_seen(run.config) else 'none of them'}.",
    )
    draw = None
    if which == RANDOM:
        draw = st.number_input(
            "Draw number",
            0,
            999_999,
            key="draw",
            bind="query-params",
            help="Another number is another draw; the same number shows everybody the same images.",
        )
    decode = st.segmented_control(
        "Decode",
        [SAMPLE, MEAN],
        default=SAMPLE,
        required=True,
        key="decode",
        wrap=True,
        bind="query-params",
        help="The encoder answers with a mean and a spread for each unit. In training the decoder sees a random sample "
        "from them; the mean leaves the noise out and is often a little sharper.",
    )
check_url("digits", labels.__contains__, "one of " + ", ".join(labels))
wanted = st.pills(
    "Digits" if run.config.dataset == "mnist" else "Classes",
    labels,
    selection_mode="multi",
    key="digits",
    bind="query-params",
    help="Show only these. With none picked, all are shown.",
)

other = beside.pick(record, run)

model, data = models.opened(record, run, step)
in_use = models.in_use(run.id, step, model, data)
result = run.result
if result and result["active_units"] == 0:
    now = "That is why the pictures below are all the same."
    if in_use:
        now = "That is at the end of the training; at the epoch shown it has not happened yet."
    st.warning(f"**{result['verdict']}** {now}", icon=":material/blur_on:")
    with st.expander("Why does it do that?"):
        models.explain_collapse(run)
elif result:
    st.markdown(f"**{result['verdict']}**")

of_mean = decode == MEAN
mean = models.mean_image(run.config.dataset, run.config.inputs, data)
order = None
if draw is not None:
    order = latent.shuffled(len(data.x_test), draw)
elif which == COLLAPSE:
    order = models.by_distance(run.id, step, of_mean, "mean", model, data, mean[None])
elif which in (BEST, WORST):
    order = models.by_distance(run.id, step, of_mean, "original", model, data, data.x_test)
    order = order[:: 1 if which == BEST else -1]
chosen = latent.choose_images(data.y_test, [labels.index(name) for name in wanted if name in labels], count, order)
answers = [Answer(latent.decode(model, models.z_of(model, data, of_mean, chosen)))]
if other is not None:
    titles = {each.id: label(each) if run.name == other.name else each.name for each in (run, other)}
    second = beside.answer(record, other, chosen, of_mean)
    answers = [Answer(answers[0].images, titles[run.id]), Answer(second, titles[other.id])]
collapsed = which == COLLAPSE or in_use == 0
names = [labels[label] for label in data.y_test[chosen]]
columns.show(data.x_test[chosen], SEEN_AS[run.config.inputs], chosen, names, answers, mean if collapsed else None)
spread.show(model, data, labels)
own.show(run, step, model, data)
if result:
    scores.show(run, result)
likelihood.show(record, run)
