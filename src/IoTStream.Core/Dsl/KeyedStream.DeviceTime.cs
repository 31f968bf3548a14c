using IoTStream.Time;

namespace IoTStream.Dsl;

public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Has each key go by its own time instead of the stream's: its windows are complete when its own records have got past them. For devices
    /// that are offline for a time and upload what they kept. The stream needs timestamps, from <c>WithEventTime</c> after the source.
    /// </summary>
    /// <param name="deviceTime">How far a key has got, and what happens when it is silent.</param>
    public DeviceTimeStream<TKey, T> WithDeviceTime(DeviceTime deviceTime)
    {
        ArgumentNullException.ThrowIfNull(deviceTime);
        return new DeviceTimeStream<TKey, T>(_builder, _node, deviceTime);
    }
}
