namespace IoTStream.Mqtt.Client;

/// <summary>What is to be done with a message that has come.</summary>
internal enum Arrival
{
    /// <summary>It is handed on.</summary>
    New,

    /// <summary>It is acknowledged when the one that came before it is, and not handed on: it is the same.</summary>
    Again,

    /// <summary>As many messages as allowed wait already.</summary>
    NoRoom,
}
