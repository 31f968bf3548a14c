using System.Diagnostics;
using IoTStream.Connectors;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Connectors;

/// <summary>Traces of the messages that a sink makes of records: part of the trace that the record's headers tell of, as those of a source do.</summary>
internal static class RecordTracing
{
    /// <summary>Notes that a message is made, which may be published later, and gives what it carries.</summary>
    public static TraceContext? Create(TopicName topic, in RecordContext record)
    {
        if (!MessageTracing.IsOn)
        {
            return null;
        }

        using Activity? activity = MessageTracing.StartPublishing("create", topic.Text, MessageTracing.ContextOf(record.Headers));
        return MessageTracing.Of(activity);
    }
}
