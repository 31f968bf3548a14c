namespace IoTStream.Core.Tests.Epochs;

/// <summary>A record that says where it comes from: the how manieth of which reader.</summary>
internal readonly record struct Item(string Source, int Reader, int Number);
