using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>Asks the user whether a client may do something with a topic.</summary>
internal sealed class Authorization(MqttConnectRequest client, BrokerContext context)
{
    /// <summary>Whether the client may publish: <see cref="MqttReasonCode.Success"/>, or why not.</summary>
    public MqttReasonCode Publish(string topic, MqttQualityOfService qos, bool retain) => SystemTopics.Has(topic)
        ? MqttReasonCode.NotAuthorized
        : Ask(new MqttAccessRequest(client, MqttAccess.Publish, topic, qos, retain), PacketType.PubAck);

    /// <summary>Whether the client may subscribe: <see cref="MqttReasonCode.Success"/>, or why not.</summary>
    public MqttReasonCode Subscribe(TopicSubscription subscription)
    {
        string filter = subscription.Filter[TopicFilter.StartOf(subscription.Filter)..];
        return Ask(new MqttAccessRequest(client, MqttAccess.Subscribe, filter, subscription.MaximumQoS, Retain: false), PacketType.SubAck);
    }

    /// <summary>Ends the subscriptions of a session that is taken up again which the client may not have any more.</summary>
    public void Review(Session session)
    {
        if (context.Options.Authorize is null)
        {
            return;
        }

        foreach (TopicSubscription subscription in context.Subscriptions.Of(session))
        {
            if (Subscribe(subscription) != MqttReasonCode.Success && context.Subscriptions.Unsubscribe(session, subscription.Filter) && session.StoredAs != 0)
            {
                context.Journal!.Unsubscribed(session.StoredAs, subscription.Filter);
            }
        }
    }

    private MqttReasonCode Ask(in MqttAccessRequest request, PacketType answer)
    {
        if (context.Options.Authorize is not { } authorize)
        {
            return MqttReasonCode.Success;
        }

        try
        {
            MqttReasonCode code = authorize(request);
            return code == MqttReasonCode.Success || (code.IsFailure() && ReasonCodes.IsAllowed(answer, code))
                ? code
                : MqttReasonCode.UnspecifiedError;
        }
        catch (Exception)
        {
            // The user's fault must not become the broker's; the count tells that there was one.
            context.Counters.CountFault();
            return MqttReasonCode.UnspecifiedError;
        }
    }
}
