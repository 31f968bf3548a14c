using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>Does what the packets of a client that has been let in ask for. Runs on the connection's task only.</summary>
internal sealed class ClientHandler(
    ConnectPacket connect,
    Session session,
    Outbox outbox,
    TimeSpan expiry,
    Authorization authorization,
    Authenticator? authenticator,
    List<Outbox> written,
    BrokerContext context)
{
    private readonly MqttProtocolVersion _version = connect.Version;
    private readonly Publication _publication = new();

    // What the client is to be answered when what it depends on is durable; null if nothing is stored.
    private readonly List<AcknowledgePacket>? _held = context.Journal is null ? null : [];
    private readonly List<Outbox> _answered = [];
    private int _heldFinal;
    private TopicName?[] _aliases = [];
    private WillMessage? _will = connect.Will;
    private TimeSpan _expiry = expiry;
    private int _received;

    /// <summary>Whether the client has said good-bye.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Handles a packet; not completed while it waits for slow subscribers.</summary>
    /// <exception cref="MqttProtocolException">The client broke the protocol.</exception>
    public ValueTask HandleAsync(in Frame frame, CancellationToken cancellationToken)
    {
        switch (frame.Type)
        {
            case PacketType.Publish:
                return PublishAsync(PublishPacket.Read(frame, _version, context.Topics), cancellationToken);
            case PacketType.PubAck:
            case PacketType.PubRec:
            case PacketType.PubComp:
                session.Acknowledge(AcknowledgePacket.Read(frame, _version), _held, written);
                return default;
            case PacketType.PubRel:
                Release(AcknowledgePacket.Read(frame, _version));
                return default;
            case PacketType.Subscribe:
                return SubscribeAsync(SubscribePacket.Read(frame, _version), cancellationToken);
            case PacketType.Unsubscribe:
                return UnsubscribeAsync(UnsubscribePacket.Read(frame, _version), cancellationToken);
            case PacketType.PingReq:
                PingPacket.Read(frame);
                outbox.Write(new PingPacket(PacketType.PingResp), static (packet, output, _) => packet.Write(output), written);
                return default;
            case PacketType.Disconnect:
                Disconnect(DisconnectPacket.Read(frame, _version));
                return default;
            case PacketType.Auth when authenticator is not null:
                return ReauthenticateAsync(authenticator, AuthPacket.Read(frame, _version), cancellationToken);
            default:
                throw MqttProtocolException.Violation($"A {frame.Type} packet is not expected from this client.");
        }
    }

    /// <summary>Whether answers wait for the disk.</summary>
    public bool OwesAnswers => _held is { Count: > 0 };

    /// <summary>Sends the answers that wait for the disk when they need not any more.</summary>
    /// <exception cref="JournalFailedException">The disk failed.</exception>
    public async ValueTask AnswerAsync(CancellationToken cancellationToken)
    {
        await context.Journal!.WaitAsync(cancellationToken).ConfigureAwait(false);
        foreach (AcknowledgePacket answer in _held!)
        {
            outbox.Answer(answer, _answered);
        }

        _held.Clear();
        _heldFinal = 0;
        Router.Flush(_answered);
    }

    /// <summary>Adds the messages received since the last time to the broker's count.</summary>
    public void CountReceived()
    {
        if (_received > 0)
        {
            context.Counters.CountReceived(_received);
            _received = 0;
        }
    }

    /// <summary>The connection is at its end.</summary>
    public void Leave(Connection connection) => context.Sessions.Leave(session, connection, _expiry, _will);

    private ValueTask PublishAsync(in PublishPacket packet, CancellationToken cancellationToken)
    {
        _received++;
        if (packet.Properties?.SubscriptionIdentifiers is not null)
        {
            throw MqttProtocolException.Violation("A client's PUBLISH has a subscription identifier.");
        }

        TopicName topic = ResolveAlias(packet);
        MqttReasonCode permission = authorization.Publish(topic.Text, packet.QualityOfService, packet.Retain);
        if (permission != MqttReasonCode.Success)
        {
            Refuse(packet, permission);
            return default;
        }

        if (packet.QualityOfService == MqttQualityOfService.ExactlyOnce && !IsFirst(packet.PacketIdentifier))
        {
            Acknowledge(PacketType.PubRec, packet.PacketIdentifier);
            return default;
        }

        bool expires = packet.Properties?.MessageExpiryInterval is not null;
        _publication.Set(topic, packet, expires ? context.Clock.Now : default);
        if (_held is not null && packet.QualityOfService == MqttQualityOfService.ExactlyOnce)
        {
            session.BeginRouting(packet.PacketIdentifier, _publication);
        }

        ValueTask routed = context.Router.PublishAsync(_publication, session, written, cancellationToken);
        if (!routed.IsCompletedSuccessfully)
        {
            return AcknowledgeAfterAsync(routed, packet.QualityOfService, packet.PacketIdentifier, cancellationToken);
        }

        AcknowledgePublish(packet.QualityOfService, packet.PacketIdentifier);
        return default;
    }

    private async ValueTask AcknowledgeAfterAsync(
        ValueTask routed, MqttQualityOfService qos, ushort packetIdentifier, CancellationToken cancellationToken)
    {
        if (OwesAnswers)
        {
            // Whoever makes it wait may wait for these.
            await AnswerAsync(cancellationToken).ConfigureAwait(false);
        }

        await routed.ConfigureAwait(false);
        AcknowledgePublish(qos, packetIdentifier);
    }

    // Section 3.3.5 of 3.1.1: a message that is not permitted is acknowledged like any other, since there is no way to say so.
    private void Refuse(in PublishPacket packet, MqttReasonCode reasonCode)
    {
        context.Counters.CountDropped(DropReason.NotAuthorized);
        if (packet.QualityOfService != MqttQualityOfService.AtMostOnce)
        {
            Acknowledge(Answer(packet.QualityOfService), packet.PacketIdentifier, reasonCode);
        }
    }

    private static PacketType Answer(MqttQualityOfService qos) =>
        qos == MqttQualityOfService.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec;

    private void AcknowledgePublish(MqttQualityOfService qos, ushort packetIdentifier)
    {
        if (qos != MqttQualityOfService.AtMostOnce)
        {
            if (_held is not null && qos == MqttQualityOfService.ExactlyOnce)
            {
                session.EndRouting(packetIdentifier);
            }

            MqttReasonCode code = _publication.HasSubscribers ? MqttReasonCode.Success : MqttReasonCode.NoMatchingSubscribers;
            Acknowledge(Answer(qos), packetIdentifier, code);
        }
    }

    private void Acknowledge(PacketType type, ushort packetIdentifier, MqttReasonCode reasonCode = MqttReasonCode.Success)
    {
        // What waits to be sent the client cannot have received: that many handshakes it has certainly not seen the end of.
        var answer = new AcknowledgePacket(type, packetIdentifier, reasonCode);
        int unanswered = (_held is null ? outbox.Answer(answer, written) : Hold(answer)) + session.Unreleased;
        if (_version == MqttProtocolVersion.V500 && type != PacketType.PubComp && unanswered > context.Options.ReceiveMaximum)
        {
            throw new MqttProtocolException(
                MqttReasonCode.ReceiveMaximumExceeded, $"More than {context.Options.ReceiveMaximum} messages were sent without an acknowledgement.");
        }
    }

    private int Hold(in AcknowledgePacket answer)
    {
        _held!.Add(answer);
        return _heldFinal += answer.IsFinal ? 1 : 0;
    }

    // What a stored session has agreed to is durable when it is told so.
    private ValueTask WaitForDiskAsync(CancellationToken cancellationToken) =>
        context.Journal is { } journal && session.StoredAs != 0 ? journal.WaitAsync(cancellationToken) : default;

    private bool IsFirst(ushort packetIdentifier)
    {
        bool first = session.Receive(packetIdentifier);

        // Clients of 3.1.1 cannot be told of a maximum; theirs is the number of identifiers.
        return first && _version == MqttProtocolVersion.V500 && session.Unreleased > context.Options.ReceiveMaximum
            ? throw new MqttProtocolException(MqttReasonCode.ReceiveMaximumExceeded, "Too many messages of QoS 2 were not released.")
            : first;
    }

    private void Release(in AcknowledgePacket packet)
    {
        bool known = session.Release(packet.PacketIdentifier);
        Acknowledge(
            PacketType.PubComp, packet.PacketIdentifier, known ? MqttReasonCode.Success : MqttReasonCode.PacketIdentifierNotFound);
    }

    private TopicName ResolveAlias(in PublishPacket packet)
    {
        if (packet.Properties?.TopicAlias is not { } alias)
        {
            return packet.Topic!;
        }

        if (alias > Admission.TopicAliasMaximum)
        {
            throw new MqttProtocolException(
                MqttReasonCode.TopicAliasInvalid, $"The topic alias {alias} is above the maximum of {Admission.TopicAliasMaximum}.");
        }

        if (packet.Topic is null)
        {
            return (alias <= _aliases.Length ? _aliases[alias - 1] : null)
                ?? throw MqttProtocolException.Violation($"The topic alias {alias} has not been given a topic.");
        }

        if (alias > _aliases.Length)
        {
            Array.Resize(ref _aliases, Admission.TopicAliasMaximum);
        }

        _aliases[alias - 1] = packet.Topic;
        return packet.Topic;
    }

    private async ValueTask SubscribeAsync(SubscribePacket packet, CancellationToken cancellationToken)
    {
        int identifier = packet.Properties?.SubscriptionIdentifiers?[0] ?? 0;
        var codes = new List<MqttReasonCode>(packet.Subscriptions.Count);
        var answers = new List<(string Filter, Delivery Delivery)>();
        foreach (TopicSubscription subscription in packet.Subscriptions)
        {
            codes.Add(Subscribe(subscription, identifier, answers));
        }

        await WaitForDiskAsync(cancellationToken).ConfigureAwait(false);
        outbox.Write(
            new SubAckPacket(PacketType.SubAck, packet.PacketIdentifier, codes),
            static (subAck, output, version) => subAck.Write(output, version),
            written);
        foreach ((string filter, Delivery delivery) in answers)
        {
            await context.Router.DeliverRetainedAsync(filter, delivery, written, cancellationToken).ConfigureAwait(false);
        }
    }

    private MqttReasonCode Subscribe(TopicSubscription subscription, int identifier, List<(string Filter, Delivery Delivery)> answers)
    {
        if (SubscriptionTree.IsTooDeep(subscription.Filter))
        {
            return MqttReasonCode.TopicFilterInvalid;
        }

        MqttReasonCode permission = authorization.Subscribe(subscription);
        if (permission != MqttReasonCode.Success)
        {
            return permission;
        }

        if (context.Subscriptions.Subscribe(session, subscription, identifier, context.Options.MaxSubscriptionsPerClient) is not { } made)
        {
            return MqttReasonCode.QuotaExceeded;
        }

        if (session.StoredAs != 0)
        {
            context.Journal!.Subscribed(session.StoredAs, subscription, identifier);
        }

        // A shared subscription is not greeted with retained messages (section 4.8.2).
        bool asksForRetained = subscription.RetainHandling == MqttRetainHandling.Send
            || (subscription.RetainHandling == MqttRetainHandling.SendIfNew && made.IsNew);
        if (asksForRetained && !TopicFilter.IsShared(subscription.Filter))
        {
            answers.Add((subscription.Filter, made.Delivery));
        }

        return (MqttReasonCode)subscription.MaximumQoS;
    }

    private async ValueTask UnsubscribeAsync(UnsubscribePacket packet, CancellationToken cancellationToken)
    {
        var codes = new List<MqttReasonCode>(packet.Filters.Count);
        foreach (string filter in packet.Filters)
        {
            bool existed = context.Subscriptions.Unsubscribe(session, filter);
            codes.Add(existed ? MqttReasonCode.Success : MqttReasonCode.NoSubscriptionExisted);
            if (existed && session.StoredAs != 0)
            {
                context.Journal!.Unsubscribed(session.StoredAs, filter);
            }
        }

        await WaitForDiskAsync(cancellationToken).ConfigureAwait(false);

        outbox.Write(
            new SubAckPacket(PacketType.UnsubAck, packet.PacketIdentifier, codes),
            static (unsubAck, output, version) => unsubAck.Write(output, version),
            written);
    }

    private async ValueTask ReauthenticateAsync(Authenticator own, AuthPacket packet, CancellationToken cancellationToken)
    {
        MqttAuthenticationResult result = await own.NextAsync(packet, mayBegin: true, cancellationToken).ConfigureAwait(false);
        if (!ReasonCodes.IsAllowed(PacketType.Auth, result.ReasonCode))
        {
            throw new MqttProtocolException(
                ReasonCodes.IsAllowed(PacketType.Disconnect, result.ReasonCode) ? result.ReasonCode : MqttReasonCode.NotAuthorized,
                "The client has not authenticated anew.");
        }

        outbox.Write(new AuthPacket(result.ReasonCode, own.PropertiesOf(result)), static (auth, output, _) => auth.Write(output), written);
    }

    private void Disconnect(DisconnectPacket packet)
    {
        if (packet.Properties?.ServerReference is not null)
        {
            throw MqttProtocolException.Violation("A client's DISCONNECT has a server reference.");
        }

        if (packet.Properties?.SessionExpiryInterval is { } seconds)
        {
            if (connect.Properties?.SessionExpiryInterval is null or 0 && seconds != 0)
            {
                throw MqttProtocolException.Violation("DISCONNECT extends a session that was to end with the connection.");
            }

            var wanted = TimeSpan.FromSeconds(seconds);
            _expiry = wanted < context.Options.MaximumSessionExpiry ? wanted : context.Options.MaximumSessionExpiry;
        }

        if (packet.ReasonCode != MqttReasonCode.DisconnectWithWill)
        {
            _will = null;
        }

        HasLeft = true;
    }
}
