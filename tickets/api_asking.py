"""`/api/v1/tickets/<number>/escalation/…`: a question on its way to an answer, and an answer kept as an article."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CREATED
from core.errors import Forbidden
from tickets import actions, queries
from tickets import api_shapes as shapes
from tickets.actions import articles, asking
from tickets.api import KEY, body_of
from tickets.api_doors import WorkView, once
from tickets.api_shapes import Words
from tickets.models import Escalation
from tickets.permissions import can_work_on
from tickets.queries.threads import author_of

MOST = 50


class QuestionWordsIn(serializers.Serializer[Any]):
    words = Words()


class PassUpIn(serializers.Serializer[Any]):
    words = Words(help_text="What was found, and what is missing.")
    to_team = serializers.CharField(help_text="A team of a higher tier, by code.")
    promised_for = serializers.DateTimeField(
        required=False, help_text="Only when the time that the buyer was told is over: the buyer is told it."
    )


class AnswerIn(serializers.Serializer[Any]):
    answer = Words()
    send_to_buyer = serializers.BooleanField(help_text="False: to the colleague who asked, as a note.")
    client_id = serializers.UUIDField(required=False)


class ArticleIn(serializers.Serializer[Any]):
    title = Words()
    category = serializers.CharField(max_length=100, help_text="The slug of a topic of the help centre.")
    seq = serializers.IntegerField(
        required=False,
        help_text="A reply of staff in the public stream; without it the last answered question.",
    )

    body = Words(required=False, help_text="The answer in other words, without what names the buyer.")


class ArticleMadeShape(serializers.Serializer[Any]):
    slug = serializers.CharField()
    status = serializers.CharField()


class QuestionShape(shapes.EscalationShape):
    from_person = shapes.FaceShape()
    specialist = shapes.FaceShape(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    asked_back_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField()


class QuestionList(serializers.Serializer[Any]):
    results = QuestionShape(many=True)


def question_shape(row: Escalation) -> dict[str, Any]:
    """A question with all that became of it."""
    instants = ("accepted_at", "asked_back_at", "answered_at")
    return {
        **shapes.escalation_shape(row),
        "from_person": author_of(row.from_person, "staff"),
        "specialist": author_of(row.specialist, "staff") if row.specialist else None,
        "answer": row.answer,
        **{name: at.isoformat() if (at := getattr(row, name)) else None for name in instants},
    }


class Questions(WorkView):
    @extend_schema(responses={200: QuestionList}, tags=["escalations"])
    def get(self, request: Request, number: int) -> Response:
        """What specialists were asked on this ticket, the newest first; for staff."""
        ticket = self.ticket(number)
        if not can_work_on(self.actor, ticket):
            raise Forbidden()
        rows = ticket.escalations.select_related("to_team", "from_person", "specialist").order_by("-pk")
        return Response({"results": [question_shape(row) for row in rows[:MOST]]})


class StepView(WorkView):
    """A step on the open question; it answers with the question as it is then."""

    def step(self, request: Request, number: int, action: Any, **arguments: Any) -> Response:
        row = self.act(request, number, action, **arguments)
        rows = Escalation.objects.select_related("to_team", "from_person", "specialist")
        return Response(question_shape(rows.get(pk=row.pk)))


class Accept(StepView):
    @extend_schema(request=None, responses={200: QuestionShape}, parameters=[KEY], tags=["escalations"])
    @once
    def post(self, request: Request, number: int) -> Response:
        """I look at it."""
        return self.step(request, number, asking.accept_escalation)


class AskBack(StepView):
    @extend_schema(
        request=QuestionWordsIn, responses={200: QuestionShape}, parameters=[KEY], tags=["escalations"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Ask the one who asked; the buyer's promise runs on."""
        return self.step(request, number, asking.ask_back, **body_of(QuestionWordsIn, request))


class TellMore(StepView):
    @extend_schema(
        request=QuestionWordsIn, responses={200: QuestionShape}, parameters=[KEY], tags=["escalations"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Answer what was asked back. 409 `not_asked_back` when nothing was."""
        return self.step(request, number, asking.tell_more, **body_of(QuestionWordsIn, request))


class PassUp(StepView):
    @extend_schema(request=PassUpIn, responses={200: QuestionShape}, parameters=[KEY], tags=["escalations"])
    @once
    def post(self, request: Request, number: int) -> Response:
        """Pass it to a higher tier with all that is known; the new question."""
        return self.step(request, number, asking.pass_up, **body_of(PassUpIn, request))


class Return(StepView):
    @extend_schema(
        request=QuestionWordsIn, responses={200: QuestionShape}, parameters=[KEY], tags=["escalations"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Give it back with the reason; what the buyer was told stands."""
        return self.step(request, number, actions.return_escalation, **body_of(QuestionWordsIn, request))


class Answer(WorkView):
    @extend_schema(
        request=AnswerIn,
        responses={201: shapes.EventShape, 200: shapes.EventShape},
        parameters=[KEY],
        tags=["escalations"],
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Answer it: to the buyer, or to the colleague who asked; a known `client_id` answers 200 with its row."""
        posted = self.act(request, number, actions.answer_escalation, **body_of(AnswerIn, request))
        event = queries.wire(queries.message_by_id(posted.message.pk))
        return Response(event, status=200 if posted.dup else CREATED)


class MakeArticle(WorkView):
    @extend_schema(
        request=ArticleIn, responses={201: ArticleMadeShape}, parameters=[KEY], tags=["escalations"]
    )
    @once
    def post(self, request: Request, number: int) -> Response:
        """Make the draft of an article of an answer; a manager publishes it."""
        made = self.act(request, number, articles.make_article, **body_of(ArticleIn, request))
        return Response({"slug": made.slug, "status": made.status}, status=CREATED)
