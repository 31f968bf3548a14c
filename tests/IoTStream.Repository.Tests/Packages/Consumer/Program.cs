using IoTStream.Connectors;

// What a user of the packages would write first. It is built and run against the packages alone, outside the repository.
RecordHeaders headers = new(new RecordHeader("unit", "km/h"));
Console.WriteLine(headers.Text("unit"));
